import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import type { Entry, Room } from "./room"
import { clock, helplines, t } from "./words"

// Own is behind the screen door: the room does not see it, and its first line says who does.
export const Own = ({ who, care, children }: { who?: string; care?: boolean; children: ComponentChildren }) => (
  <div role="group" class={"own" + (care ? " care" : "")} aria-label={who ?? t("only.you")}>
    <span class="soft">{who ?? t("only.you")}</span>
    {children}
  </div>
)

// Help is where help is: text before call, for who cannot speak aloud.
export const Help = () => (
  <>
    {helplines.map((l) => (
      <div key={l.label}>
        <div class="two">
          {l.sms && <a class="b aid" href={"sms:" + l.sms}>{t("help.text", { Number: l.sms })}</a>}
          {l.tel && <a class="b aid" href={"tel:" + l.tel}>{t("help.call", { Number: l.tel })}</a>}
        </div>
        <p class="soft">{l.label}</p>
      </div>
    ))}
  </>
)

// HelpCard tells the author of heavy words where help is, and truthfully how far the words got.
export function HelpCard({ e, room }: { e: Extract<Entry, { kind: "care" }>; room: Room }) {
  const [asked, setAsked] = useState("")
  const c = e.care
  const opened = c.state === "opened"
  const told = opened || c.state === "told" || e.told !== undefined
  const first = helplines[0]
  const ask = async () => setAsked((await room.ask({ type: "aside", text: t("care.ask.words") })) ? "care.ask.failed" : "care.ask.done")
  return (
    <Own care>
      <h2>{t("care.title")}</h2>
      {c.state === "closed" ? (
        <p>{t("care.closed")}</p>
      ) : (
        <div role="status"><ul class="far">
          <li class="done"><b>{t("care.saved", { Time: clock(e.at) })}</b></li>
          <li class={told ? "done" : "todo"}>{told ? t("care.told", { Time: clock(e.told ?? e.at) }) : t("care.nottold")}</li>
          <li class={opened ? "done" : "todo"}>{opened ? t("care.opened", { Name: c.by ?? "" }) : t("care.notopened")}</li>
        </ul></div>
      )}
      {c.state === "unopened" && <p role="alert"><b>{t("care.unopened", { Number: first?.tel ?? first?.sms ?? "" })}</b></p>}
      <Help />
      {!room.closed && (asked ? <p role="status">{t(asked)}</p> : <p><button class="b" onClick={() => void ask()}>{t("care.ask")}</button></p>)}
    </Own>
  )
}
