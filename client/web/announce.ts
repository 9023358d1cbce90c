import type { Entry, Room } from "./room"
import { t } from "./words"

// announce speaks what is new, politely and in batches, and never reads history again: the log itself is silent.
export function announce(room: Room, region: HTMLElement) {
  let waiting: Entry[] = []
  let spoken: Entry[] = []
  let timer = 0
  const gone = (e: Entry) => room.log.some((x) => x.key === e.key && x.kind === "said" && !!x.gone)
  const hush = () => {
    spoken = []
    region.textContent = ""
  }
  room.watch(() => { if (spoken.some(gone)) hush() }) // words that were taken back are nowhere
  room.newWords.push((e) => {
    if (!room.entered || Date.now() / 1000 - e.at > 20) return // history, or what was missed: the page shows it
    if (e.kind === "said" && e.place === room.place) return
    waiting.push(e)
    clearTimeout(timer)
    timer = window.setTimeout(speak, 1200)
  })
  const speak = () => {
    waiting = waiting.filter((e) => !gone(e))
    const said = waiting.filter((e) => e.kind === "said")
    const parts = waiting.flatMap((e) => {
      if (e.kind === "line") return [t(e.say, e.fill)]
      if (e.kind === "said" && said.length <= 2) return [room.name(e.place) + ": " + (e.folded ? t("folded." + e.folded) : e.text)]
      if (e.kind === "held" || e.kind === "back" || e.kind === "care" || e.kind === "note") return [t("announce.private")]
      return []
    })
    if (said.length > 2) parts.push(t("announce.more", { Count: said.length }))
    region.textContent = parts.join(" ")
    spoken = waiting
    waiting = []
    timer = window.setTimeout(hush, 7000) // long enough to be spoken; who walks through the page meets no second copy
  }
}
