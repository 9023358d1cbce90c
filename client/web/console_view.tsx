import { useEffect, useState } from "preact/hooks"
import { ItemView, titleOf } from "./item_view"
import { Panel } from "./panel"
import { lanes } from "./protocol"
import type { Item, Queue } from "./queue"
import type { Room } from "./room"
import { Announcer, Problem, useRoom } from "./room_view"
import { t } from "./words"

type Tab = "queue" | "item" | "room"

export function ConsoleView({ room, queue, name }: { room: Room; queue: Queue; name: string }) {
  useRoom(room)
  const [, again] = useState(0)
  useEffect(() => queue.watch(() => again((n) => n + 1)), [queue])
  const [tab, setTab] = useState<Tab>("queue")
  const [help, setHelp] = useState(false)
  const take = (item: string) => {
    setTab("item")
    void queue.take(item)
  }
  const pane = (which: Tab) => "pane" + (which === "item" ? " item" : "") + (tab === which ? " shown" : "")
  return (
    <>
      <div class="tabs three" role="group" aria-label={t("console.parts")}>
        {(["queue", "item", "room"] as Tab[]).map((which) => (
          <button key={which} class={"b" + (tab === which ? " go" : "")} aria-pressed={tab === which} onClick={() => setTab(which)}>{t("console." + which)}</button>
        ))}
      </div>
      {queue.problem && <p class="note" role="alert">{t("code." + queue.problem)} <button class="b plain" onClick={() => { queue.problem = ""; again((n) => n + 1) }}>{t("ok")}</button></p>}
      <Problem room={room} />
      <main class="desk" id="main">
        <section id="queue" class={pane("queue")} aria-label={t("console.queue")} onKeyDown={(event) => keys(event, queue, take, () => setHelp(!help))}>
          <h2>{t("console.queue")}</h2>
          {lanes.map((lane) => {
            const items = queue.items.filter((i) => i.lane === lane)
            return (
              <div class="lane" key={lane}>
                <h3>{t("lane." + lane)}</h3>
                {items.map((i) => <Row key={i.item} i={i} open={queue.open?.item === i.item} take={take} />)}
                {items.length === 0 && <p class="soft">{t("lane.empty")}</p>}
              </div>
            )
          })}
          <p class="soft keys"><kbd>j</kbd> <kbd>k</kbd> {t("keys.move")} <kbd>Enter</kbd> {t("keys.take")} <kbd>x</kbd> {t("keys.back")} <kbd>?</kbd></p>
          {help && <p class="soft">{t("keys.where")}</p>}
        </section>
        <section class={pane("item")} aria-label={t("console.item")}><ItemView queue={queue} /></section>
        <section class={pane("room")} aria-labelledby="lh"><Panel room={room} name={name} /></section>
      </main>
      <Announcer room={room} />
    </>
  )
}

// Row is one item of the queue: what it is, then its state in words. No number, no age colour.
function Row({ i, open, take }: { i: Item; open: boolean; take: (item: string) => void }) {
  const others = i.lease_by && !i.mine
  const state = i.about ? "row.about" : i.mine ? "row.mine" : others ? "row.theirs" : i.late ? "row.late" : "row.free"
  return (
    <button class={"it" + (open ? " cur" : "") + (others || i.about ? " dim" : "")} aria-current={open ? "true" : undefined} disabled={i.about} onClick={() => take(i.item)}>
      <b>{titleOf(i)}</b>
      <span class="soft">{i.name}. {t(state, { Name: i.lease_by ?? "" })}</span>
    </button>
  )
}

// keys work only while the queue has the focus (WCAG 2.1.4), so that no letter typed elsewhere does anything.
function keys(event: KeyboardEvent, queue: Queue, take: (item: string) => void, help: () => void) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const rows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLButtonElement>(".it")]
  const at = rows.indexOf(document.activeElement as HTMLButtonElement)
  if (event.key === "j") rows[Math.min(rows.length - 1, at + 1)]?.focus()
  else if (event.key === "k") rows[Math.max(0, at - 1)]?.focus()
  else if (event.key === "c") {
    const free = queue.items.find((i) => !i.lease_by && !i.about)
    if (free) take(free.item)
  } else if (event.key === "x") void queue.putBack()
  else if (event.key === "?") help()
  else return
  event.preventDefault()
}
