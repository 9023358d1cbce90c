import { phases, type Phase } from "./protocol"
import { t } from "./words"

// Lamp is lit while the light is here; unlit means that the connection is lost, and nothing else.
export const Lamp = ({ lit = true }: { lit?: boolean }) => (
  <svg class="lampi" viewBox="0 0 20 26" aria-hidden="true">
    <path d="M5.5 10h9v11h-9z" fill={lit ? "var(--lamp)" : "none"} />
    <path d={"M10 1v3M3 10l7-6 7 6zM5.5 10v11M14.5 10v11M3 21.5h14M10 25v-3" + (lit ? "M10 13.5v4" : "")} fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" />
  </svg>
)

// PhaseBar says where we are and what comes next: six windows, past filled, now lit.
export function PhaseBar({ phase, name }: { phase: Phase; name?: string }) {
  const now = phases.indexOf(phase)
  const next = phases[now + 1]
  return (
    <section class="phase" aria-label={t("phase.parts")}>
      <p>
        <b>{t("phase." + phase)}</b>
        <br />
        <span class="soft">{next ? t("phase.next", { Phase: t("phase." + next).toLowerCase() }) : name}</span>
      </p>
      <ol class="house">
        {phases.map((p, i) => (
          <li key={p} class={i < now ? "past" : i === now ? "now" : ""} aria-current={i === now ? "step" : undefined}>
            <span class="vh">{t("phase." + p)}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}
