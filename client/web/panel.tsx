import { useEffect, useRef, useState } from "preact/hooks"
import { Composer, Waiting } from "./composer"
import { Lamp } from "./lamp"
import { Log } from "./log"
import { phases, type Phase } from "./protocol"
import type { Room } from "./room"
import { call, CallError } from "./socket"
import { clock, t } from "./words"

// Panel is the room beside the queue: where the evening is, what a facilitator can do with it, and what is said.
export function Panel({ room, name }: { room: Room; name: string }) {
  const [replyTo, setReply] = useState(0)
  if (room.closed || room.socket.link === "over") return <Shut room={room} name={name} />
  return (
    <>
      <h2 id="lh">{name}</h2>
      <p class="turn"><Lamp lit={room.socket.link === "on"} /><span><b>{t("phase." + room.phase)}.</b> {t(room.paused ? "lead.ispaused" : "lead.isopen")}</span></p>
      <Lead room={room} />
      <People room={room} />
      <Live room={room} reply={setReply} />
      <Composer room={room} replyTo={replyTo} clear={() => setReply(0)} />
    </>
  )
}

// Live is what is said, in a box of its own that stays at the newest words while nobody reads further up.
function Live({ room, reply }: { room: Room; reply: (n: number) => void }) {
  const box = useRef<HTMLDivElement>(null)
  const near = useRef(true)
  useEffect(() => {
    if (near.current && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [room.fresh, room.unsent.length])
  return (
    <div
      class="live" ref={box} tabIndex={0} role="group" aria-label={t("log.label")}
      onScroll={(event) => { const b = event.currentTarget; near.current = b.scrollTop + b.clientHeight > b.scrollHeight - 80 }}
    >
      <Log room={room} reply={reply} compact />
      <Waiting room={room} />
    </div>
  )
}

function Lead({ room }: { room: Room }) {
  const [topic, setTopic] = useState("")
  const [sure, setSure] = useState(false)
  const now = phases.indexOf(room.phase)
  const next = phases[now + 1]
  const before = phases[now - 1]
  const move = (to: Phase) => void room.ask({ type: "phase", from: room.phase, to, ...(to === "topic" && topic.trim() && { topic: topic.trim() }) })
  return (
    <div class="stack">
      {next === "topic" && (
        <label class="field">{t("lead.topic")}<input class="in" maxLength={100} value={topic} onInput={(e) => setTopic(e.currentTarget.value)} /></label>
      )}
      <div class="two">
        {next && <button class="b go" onClick={() => move(next)}>{t("lead.next", { Phase: t("phase." + next) })}</button>}
        <button class="b" onClick={() => void room.ask({ type: room.paused ? "resume" : "pause" })}>{t(room.paused ? "lead.resume" : "lead.pause")}</button>
        {before && <button class="b" onClick={() => move(before)}>{t("lead.before", { Phase: t("phase." + before) })}</button>}
        {sure ? (
          <button class="b last" onClick={() => void room.ask({ type: "close" })}>{t("lead.close.sure")}</button>
        ) : (
          <button class="b" onClick={() => setSure(true)}>{t("lead.close")}</button>
        )}
      </div>
      {sure && <p class="soft" role="status">{t("lead.close.does")}</p>}
    </div>
  )
}

// People can be asked to be quiet for a while, or to step out; both say what they do before the click.
function People({ room }: { room: Room }) {
  const members = [...room.people.values()].filter((p) => p.role === "member" && p.here)
  return (
    <details class="card">
      <summary><u>{t("lead.people")}</u></summary>
      <ul class="boards">
        {members.map((p) => (
          <li key={p.place} class="stack">
            <p><b><bdi>{p.handle}</bdi></b> {p.listening && <span class="soft">{t("lead.listens")}</span>}</p>
            <div class="two">
              <button class="b" onClick={() => void room.ask({ type: "mute", place: p.place, minutes: 10 })}>{t("act.mute")}</button>
              <button class="b last" onClick={() => void room.ask({ type: "remove", place: p.place })}>{t("act.remove")}</button>
            </div>
          </li>
        ))}
      </ul>
      {members.length === 0 && <p class="soft">{t("lead.nobody")}</p>}
      <p class="soft">{t("act.mute.does")} {t("act.remove.does")}</p>
    </details>
  )
}

// Shut is the panel of a room whose doors are closed.
function Shut({ room, name }: { room: Room; name: string }) {
  const [said, setSaid] = useState("")
  const purge = async () => {
    try {
      await call("POST", `/api/rooms/${room.id}/purge`, {})
      setSaid("lead.purged")
    } catch (error) {
      setSaid("code." + (error instanceof CallError ? error.code : "unavailable"))
    }
  }
  return (
    <>
      <h2 id="lh">{name}</h2>
      <p>{t(room.closed ? "lead.closed" : "lead.shut")}</p>
      {room.closed && room.purgeAt > 0 && <p class="soft">{t("over.purge", { Time: clock(room.purgeAt) })}</p>}
      {said && <p role="status">{t(said)}</p>}
      {room.closed && said !== "lead.purged" && (
        <>
          <button class="b" onClick={() => void purge()}>{t("lead.purge")}</button>
          <p class="soft">{t("lead.purge.does")}</p>
        </>
      )}
      <p><a class="b" href="/console">{t("lead.rooms")}</a></p>
    </>
  )
}
