import { useEffect, useRef, useState } from "preact/hooks"
import { Own } from "./cards"
import { Lamp } from "./lamp"
import { held, hold, type Room, type Unsent } from "./room"
import { clock, has, t } from "./words"

// Composer is one row on a phone: the field and one lit button. What waits, and why, stands above it.
export function Composer({ room, replyTo, clear }: { room: Room; replyTo: number; clear: () => void }) {
  const key = "draft-" + room.id
  const [text, setText] = useState(() => held(key))
  const [problem, setProblem] = useState("")
  const field = useRef<HTMLTextAreaElement>(null)
  const write = (words: string) => {
    setText(words)
    hold(key, words)
  }
  useEffect(() => {
    const back = (event: Event) => {
      write((event as CustomEvent<string>).detail)
      field.current?.focus()
    }
    addEventListener("porchlight-draft", back)
    return () => removeEventListener("porchlight-draft", back)
  }, [])
  useEffect(() => void (replyTo && field.current?.focus()), [replyTo])
  const send = () => {
    const code = room.say(text, replyTo || undefined)
    setProblem(code ? t("code." + code) : "")
    if (code) return
    write("")
    clear()
    field.current?.focus()
  }
  const wait = waits(room)
  const me = room.me()
  return (
    <section class="dock" aria-label={t("write.label")}>
      <div>
        <Strip room={room} wait={wait} />
        {replyTo > 0 && (
          <p class="turn">
            <span>{t("reply.to", { Name: nameOf(room, replyTo) })}</span>
            <button class="b plain" onClick={clear}>{t("cancel")}</button>
          </p>
        )}
        {problem && <p role="alert">{problem}</p>}
        <form class="write" onSubmit={(event) => { event.preventDefault(); send() }}>
          <label class="vh" for="words">{t("write.label")}</label>
          <textarea
            id="words" ref={field} rows={1} value={text} placeholder={t(wait ? "write.ahead" : "write.here")}
            onInput={(event) => write(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(hover:hover) and (pointer:fine)").matches) {
                event.preventDefault()
                if (!wait) send()
              }
            }}
          />
          <button class={"b " + (wait ? "wait" : "go")} aria-disabled={wait ? "true" : undefined} type={wait ? "button" : "submit"}>{t("write.send")}</button>
        </form>
        {room.as === "member" && (
          <div class="small">
            <button class="b plain" aria-pressed={!!me?.listening} onClick={() => void room.ask({ type: "listen", listening: !me?.listening })}>
              {t(me?.listening ? "listen.off" : "listen.on")}
            </button>
            <button class="b plain" onClick={() => void room.ask({ type: "leave" })}>{t("leave")}</button>
          </div>
        )}
      </div>
    </section>
  )
}

function nameOf(room: Room, n: number): string {
  const e = room.log.find((x) => x.kind === "said" && x.n === n)
  return e?.kind === "said" ? room.name(e.place) : ""
}

// waits is why words cannot go right now; "" lets them.
function waits(room: Room): string {
  if (room.socket.link !== "on") return "lost"
  if (room.as === "facilitator") return ""
  if (room.mutedUntil * 1000 > Date.now()) return "muted"
  if (room.paused) return "paused"
  if (room.phase === "arrive") return "arrive"
  return ""
}

// Strip says what is so: the lamp is unlit only when the connection is lost.
function Strip({ room, wait }: { room: Room; wait: string }) {
  const lost = wait === "lost"
  const say = wait ? "wait." + wait : !room.covered ? "wait.uncovered" : room.me()?.listening ? "wait.listening" : ""
  return (
    <div role="status">
      {say && (
        <p class={"turn " + (lost ? "off" : "on")}>
          <Lamp lit={!lost} />
          <span>{t(say, { Time: clock(room.mutedUntil) })}</span>
        </p>
      )}
    </div>
  )
}

// Waiting lists words that are on their way, or that need a second look.
export function Waiting({ room }: { room: Room }) {
  return (
    <>
      {room.unsent.map((u) => (u.state === "nudge" ? <SecondLook key={u.id} u={u} room={room} /> : <OnItsWay key={u.id} u={u} room={room} />))}
    </>
  )
}

function OnItsWay({ u, room }: { u: Unsent; room: Room }) {
  const failed = u.state === "failed"
  return (
    <article class="m me">
      <p class="who"><b><bdi>{room.me()?.handle}</bdi></b><span class="soft">· {t(failed ? "unsent.failed" : "unsent.sending")}</span></p>
      <p>{u.text}</p>
      {failed ? (
        <>
          <p class="soft">{u.code && has("code." + u.code) ? t("code." + u.code, { Time: u.until ? clock(u.until) : "" }) : t("unsent.lead")}</p>
          <div class="row">
            <button class="b" onClick={() => room.retry(u.id)}>{t("unsent.again")}</button>
            <button class="b plain" onClick={() => void navigator.clipboard.writeText(u.text)}>{t("unsent.copy")}</button>
            <button class="b plain" onClick={() => room.drop(u.id)}>{t("unsent.delete")}</button>
          </div>
        </>
      ) : (
        room.socket.link !== "on" && <p class="soft">{t("unsent.lead")}</p>
      )}
    </article>
  )
}

// SecondLook shows what may point to a person before anybody sees it. Nothing was posted or kept.
function SecondLook({ u, room }: { u: Unsent; room: Room }) {
  const bytes = new TextEncoder().encode(u.text)
  const part = (from: number, to: number) => new TextDecoder().decode(bytes.slice(from, to))
  const parts = []
  let at = 0
  for (const f of u.findings ?? []) {
    parts.push(part(at, f.start), <mark key={f.start}>{part(f.start, f.end)}</mark>)
    at = f.end
  }
  parts.push(part(at, bytes.length))
  const change = () => {
    dispatchEvent(new CustomEvent("porchlight-draft", { detail: u.text }))
    room.drop(u.id)
  }
  return (
    <Own>
      <h2>{t("nudge.title")}</h2>
      <p>“{parts}”</p>
      <p class="soft">{t("nudge.lead")}</p>
      <div class="row">
        <button class="b go fill" onClick={change}>{t("nudge.change")}</button>
        <button class="b fill" onClick={() => room.retry(u.id, true)}>{t("nudge.anyway")}</button>
      </div>
    </Own>
  )
}
