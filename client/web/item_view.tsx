import { useState } from "preact/hooks"
import { Own } from "./cards"
import { Lamp } from "./lamp"
import type { Outcome } from "./protocol"
import type { Detail, Queue } from "./queue"
import { clock, t } from "./words"

const reasons = ["kind", "identifying", "contact", "unsafe", "method", "sourcing", "spam", "agreement", "harassment"]
const needsReason: Outcome[] = ["decline", "hide", "mute", "remove"]

// ItemView is the item you have: whose it is, the words folded, what the member sees now, and what each act does and leaves.
export function ItemView({ queue }: { queue: Queue }) {
  const item = queue.open
  if (!item) {
    return (
      <>
        <h1>{t("item.none")}</h1>
        <p class="soft">{t("item.none.lead")}</p>
        {queue.said && <p class="have" role="status"><Lamp /><span>{t(queue.said)}</span></p>}
      </>
    )
  }
  return <Open key={item.item} item={item} queue={queue} />
}

// titleOf is what an item is, and about whom.
export const titleOf = (i: { why: string[] | null; handle?: string }) =>
  t("what." + (i.why?.[0] ?? "agreement")) + (i.handle ? ", " + i.handle : "")

function Open({ item, queue }: { item: Detail; queue: Queue }) {
  const [reason, setReason] = useState(reasons[0]!)
  const words = item.words ?? []
  return (
    <>
      <p class="soft">{t("lane." + item.lane)} · {item.name}{item.at > 0 && " · " + clock(item.at)}</p>
      <h1>{titleOf(item)}</h1>
      <p class="have">
        <Lamp />
        <span><b>{t("item.yours")}</b> {t("item.yours.more")}</span>
        <button class="b plain" onClick={() => void queue.putBack()}>{t("item.back")} <kbd>x</kbd></button>
      </p>
      <details class="card">
        <summary>{t("item.words", { What: (item.why ?? []).map((w) => t("what." + w)).join(", ") })} <u>{t("folded.show")}</u></summary>
        {words.length === 0 && <p>{t("item.words.gone")}</p>}
        {words.map((w, i) => (
          <p key={i} class={w.subject ? "" : "soft"}><b><bdi>{w.handle}</bdi></b> {clock(w.at)}<br />{w.text}</p>
        ))}
        {(item.notes ?? []).map((n, i) => <p key={"n" + i}><b>{t("item.note")}</b> {n}</p>)}
      </details>
      {item.care && (
        <Own care who={t("item.sees", { Handle: item.handle ?? "" })}><p>{t("sees." + item.care)}</p></Own>
      )}
      <h2>{t("item.acts")}</h2>
      {item.session_over && <p class="soft">{t("item.over")}</p>}
      {item.outcomes.some((o) => needsReason.includes(o)) && (
        <label class="field">
          {t("item.reason")}
          <select class="in" value={reason} onChange={(event) => setReason(event.currentTarget.value)}>
            {reasons.map((r) => <option key={r} value={r}>{t("reason." + r)}</option>)}
          </select>
        </label>
      )}
      <ul class="boards">
        {item.outcomes.map((o, i) => (
          <li class="act" key={o}>
            <button class={"b" + (i === 0 ? " go" : "") + (o === "remove" ? " last" : "")} onClick={() => void queue.decide(o, needsReason.includes(o) ? reason : "", o === "mute" ? 10 : 0)}>
              {t("act." + o)}
            </button>
            <p>{t(`act.${o}.does`)}<br /><span class="soft">{t(`act.${o}.leaves`)}</span></p>
          </li>
        ))}
      </ul>
    </>
  )
}
