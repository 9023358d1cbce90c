import { useState } from "preact/hooks"
import { HelpCard, Own } from "./cards"
import type { Entry, Room } from "./room"
import { clock, t } from "./words"

// Log is what happened, oldest first. It is a log to assistive technology too, but silent: announce.ts speaks, batched.
export function Log({ room, reply, compact, entries }: { room: Room; reply: (n: number) => void; compact?: boolean; entries?: Entry[] }) {
  return (
    <div role="log" aria-live="off" aria-label={t("log.label")}>
      {(entries ?? room.log).map((e) => (
        <Line key={e.key} e={e} room={room} reply={reply} compact={compact} />
      ))}
    </div>
  )
}

function Line({ e, room, reply, compact }: { e: Entry; room: Room; reply: (n: number) => void; compact?: boolean }) {
  switch (e.kind) {
    case "said": return <Message e={e} room={room} reply={reply} compact={compact} />
    case "line": return <p class="line">{t(e.say, e.fill)}</p>
    case "topic":
      return (
        <div class="say">
          <p class="soft">{t("topic")}</p>
          <p><b>{e.topic}</b></p>
        </div>
      )
    case "aside":
      return (
        <Own who={e.place === room.place ? t("aside.yours") : t("only.facilitators")}>
          <p><b><bdi>{room.name(e.place)}</bdi></b></p>
          <p>{e.text}</p>
        </Own>
      )
    case "held": return <HeldCard e={e} room={room} />
    case "back": return <BackCard e={e} room={room} />
    case "care": return <HelpCard e={e} room={room} />
    case "note":
      return (
        <Own>
          <p>{t("note." + e.say, { Time: e.until ? clock(e.until) : "" })}</p>
          {e.why && <p class="soft">{t("reason." + e.why)}</p>}
        </Own>
      )
  }
}

type Said = Extract<Entry, { kind: "said" }>

function Message({ e, room, reply, compact }: { e: Said; room: Room; reply: (n: number) => void; compact?: boolean }) {
  const who = room.people.get(e.place)
  const mine = e.place === room.place && room.entered
  const host = who?.role === "facilitator"
  if (e.gone) return <p class="line">{t(e.gone === "author" ? "gone.author" : "gone.facilitator", { Name: who?.handle ?? "" })}</p>
  const to = e.replyTo ? room.log.find((x): x is Said => x.kind === "said" && x.n === e.replyTo) : undefined
  return (
    <article class={"m" + (mine ? " me" : host ? " host" : "")} id={"n" + e.n}>
      <p class="who">
        <b><bdi>{who?.handle ?? ""}</bdi></b>
        {host && <span class="soft">{t("facilitator")}</span>}
        <span class="soft">{clock(e.at)}</span>
        {mine && <span class="soft">· {t("you")}</span>}
      </p>
      {to && <p class="soft">{t("reply.to", { Name: room.name(to.place) })}</p>}
      {e.folded && !mine ? (
        <details>
          <summary>{t("folded." + e.folded)} <u>{t("folded.show")}</u></summary>
          <Paragraphs text={e.text} />
        </details>
      ) : (
        <>
          <Paragraphs text={e.text} />
          {e.folded && <p class="soft">{t("folded.own")}</p>}
        </>
      )}
      {!room.closed && !compact && <Menu e={e} room={room} mine={mine} reply={reply} />}
    </article>
  )
}

const Paragraphs = ({ text }: { text: string }) => (
  <>
    {text.split("\n").filter((p) => p.trim()).map((p, i) => <p key={i}>{p}</p>)}
  </>
)

// Menu is what can be done with a message. Worry and report are two different doors.
function Menu({ e, room, mine, reply }: { e: Said; room: Room; mine: boolean; reply: (n: number) => void }) {
  const [door, setDoor] = useState<"" | "report" | "worry">("")
  const [said, setSaid] = useState("")
  if (said) return <p class="soft" role="status">{t(said)}</p>
  if (door) return <Door door={door} e={e} room={room} close={(s) => { setDoor(""); setSaid(s) }} />
  const close = (event: Event) => (event.currentTarget as HTMLElement).closest("details")?.removeAttribute("open")
  return (
    <details class="menu">
      <summary class="soft" aria-label={t("menu.label", { Name: room.name(e.place) })}>{t("menu")}</summary>
      <div class="row">
        {mine ? (
          <button class="b" onClick={() => void room.ask({ type: "withdraw", n: e.n })}>{t("menu.withdraw")}</button>
        ) : (
          <>
            <button class="b" onClick={(event) => { close(event); reply(e.n) }}>{t("menu.reply")}</button>
            <button class="b" onClick={() => setDoor("worry")}>{t("menu.worry")}</button>
            <button class="b" onClick={() => setDoor("report")}>{t("menu.report")}</button>
          </>
        )}
      </div>
    </details>
  )
}

function Door({ door, e, room, close }: { door: "report" | "worry"; e: Said; room: Room; close: (said: string) => void }) {
  const [note, setNote] = useState("")
  const [problem, setProblem] = useState("")
  const send = async () => {
    const code = await room.ask({ type: door, n: e.n, ...(note.trim() && { note }) })
    if (code) setProblem(t("code." + code))
    else close(`door.${door}.done`)
  }
  const id = `${door}-${e.n}`
  return (
    <Own who={t("only.facilitators")}>
      <label for={id}><b>{t(`door.${door}.title`)}</b><br /><span class="soft">{t(`door.${door}.lead`)}</span></label>
      <textarea id={id} rows={2} maxLength={900} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
      {problem && <p role="alert">{problem}</p>}
      <div class="row">
        <button class="b aid" onClick={() => void send()}>{t("door.send")}</button>
        <button class="b plain" onClick={() => close("")}>{t("cancel")}</button>
      </div>
    </Own>
  )
}

function HeldCard({ e, room }: { e: Extract<Entry, { kind: "held" }>; room: Room }) {
  const hosts = [...room.people.values()].filter((p) => p.role === "facilitator" && p.here).length
  return (
    <Own>
      <p>“{e.text}”</p>
      <p class="soft"><b>{t("held.waiting")}</b> {t(e.why === "coverage" ? "held.coverage" : hosts > 1 ? "held.usual.more" : "held.usual.one")}</p>
      <details><summary><u>{t("held.why")}</u></summary><p>{t("reason." + e.why)} {t("held.kind")}</p></details>
      <div class="row">
        <button class="b" onClick={() => void room.ask({ type: "withdraw", hold: e.id })}>{t("menu.withdraw")}</button>
      </div>
    </Own>
  )
}

function BackCard({ e, room }: { e: Extract<Entry, { kind: "back" }>; room: Room }) {
  return (
    <Own>
      <p><b>{t("back.title")}</b></p>
      <p>“{e.text}”</p>
      <p class="soft">{t("reason." + e.why)}</p>
      {!room.closed && (
        <div class="row">
          <button class="b" onClick={() => dispatchEvent(new CustomEvent("porchlight-draft", { detail: e.text }))}>{t("back.again")}</button>
        </div>
      )}
    </Own>
  )
}
