import { useEffect, useRef, useState } from "preact/hooks"
import { announce } from "./announce"
import { Help } from "./cards"
import { Composer, Waiting } from "./composer"
import { PhaseBar } from "./lamp"
import { Log } from "./log"
import type { Room } from "./room"
import { clock, t } from "./words"

// useRoom draws again whenever the room changes.
export function useRoom(room: Room) {
  const [, again] = useState(0)
  useEffect(() => room.watch(() => again((n) => n + 1)), [room])
}

// Announcer is the only thing that speaks by itself.
export function Announcer({ room }: { room: Room }) {
  const region = useRef<HTMLDivElement>(null)
  useEffect(() => announce(room, region.current!), [room])
  return <div ref={region} class="vh" role="status" aria-live="polite" />
}

export function RoomView({ room }: { room: Room }) {
  useRoom(room)
  const [replyTo, setReply] = useState(0)
  const below = useFollow(room)
  if (room.closed || room.socket.link === "over") return <Over room={room} />
  if (!room.session) return <main id="main"><p role="status">{t("room.opening")}</p></main>
  return (
    <>
      <PhaseBar phase={room.phase} />
      <main class="log" id="main">
        <h1 class="vh">{t("log.label")}</h1>
        <Log room={room} reply={setReply} />
        <Waiting room={room} />
        {below.more && <p class="more"><button class="b go" onClick={below.down}>{t("log.new")}</button></p>}
      </main>
      <Problem room={room} />
      <Announcer room={room} />
      <Composer room={room} replyTo={replyTo} clear={() => setReply(0)} />
    </>
  )
}

// Problem says what did not work, where it can be read and put away.
export function Problem({ room }: { room: Room }) {
  if (!room.problem) return null
  return (
    <div class="log">
      <p class="note" role="alert">
        {t("code." + room.problem)}{" "}
        <button class="b plain" onClick={() => { room.problem = ""; room.changed() }}>{t("ok")}</button>
      </p>
    </div>
  )
}

// useFollow keeps the newest in view for who reads at the end, and never moves who reads further up.
function useFollow(room: Room) {
  const [more, setMore] = useState(false)
  const near = useRef(true)
  useEffect(() => {
    const look = () => {
      near.current = innerHeight + scrollY > document.documentElement.scrollHeight - 160
      if (near.current) setMore(false)
    }
    addEventListener("scroll", look, { passive: true })
    return () => removeEventListener("scroll", look)
  }, [])
  const down = () => scrollTo({ top: document.documentElement.scrollHeight })
  useEffect(() => {
    if (near.current) down()
    else setMore(true)
  }, [room.fresh, room.unsent.map((u) => u.state).join()])
  return { more, down }
}

// Over is the end: why, what happens to the words, what went back, and help.
function Over({ room }: { room: Room }) {
  const code = room.socket.code
  const why = room.closed ? (room.ended === "coverage" ? "over.coverage" : "over.closed") : code === 4502 ? "over.removed" : code === 1000 ? "over.left" : code === 4501 || code === 4504 ? "over.refused" : "over.nodoors"
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    scrollTo(0, 0)
    title.current?.focus() // the page is another one now: reading begins at its title
  }, [])
  const back = room.log.filter((e) => e.kind === "back" || e.kind === "note" || e.kind === "care")
  return (
    <main id="main">
      <section>
        <h1 ref={title} tabIndex={-1}>{t(why + ".title")}</h1>
        <p>{t(why + ".lead")}</p>
        {room.closed && room.purgeAt > 0 && <p>{t("over.purge", { Time: clock(room.purgeAt) })}</p>}
        {why === "over.left" && <p><button class="b go" onClick={() => location.reload()}>{t("over.return")}</button></p>}
      </section>
      {back.length > 0 && <section><Log room={room} entries={back} reply={() => undefined} compact /></section>}
      <section>
        <h2>{t("over.help")}</h2>
        <Help />
      </section>
      <p><a class="b" href="/">{t("over.home")}</a></p>
    </main>
  )
}
