import type { Entry, Room } from "./room"
import { t } from "./words"

// announce speaks what is new, politely and in batches, and never reads history again: the log itself is silent.
export function announce(room: Room, region: HTMLElement) {
  let waiting: Entry[] = []
  let timer = 0
  room.newWords.push((e) => {
    if (!room.entered || Date.now() / 1000 - e.at > 20) return // history, or what was missed: the page shows it
    if (e.kind === "said" && e.place === room.place) return
    waiting.push(e)
    clearTimeout(timer)
    timer = window.setTimeout(speak, 1200)
  })
  const speak = () => {
    const said = waiting.filter((e) => e.kind === "said")
    const parts = waiting.flatMap((e) => {
      if (e.kind === "line") return [t(e.say, e.fill)]
      if (e.kind === "said" && said.length <= 2) return [room.name(e.place) + ": " + (e.folded ? t("folded." + e.folded) : e.text)]
      if (e.kind === "held" || e.kind === "back" || e.kind === "care" || e.kind === "note") return [t("announce.private")]
      return []
    })
    if (said.length > 2) parts.push(t("announce.more", { Count: said.length }))
    region.textContent = parts.join(" ")
    waiting = []
  }
}
