// The language on the wire, as protocol/*.go says it. A frame of another shape is an error: the socket starts again.

export type Phase = "arrive" | "check-in" | "topic" | "open" | "closing" | "aftercare"
export const phases: Phase[] = ["arrive", "check-in", "topic", "open", "closing", "aftercare"]
export type Role = "member" | "facilitator"
export type Lane = "care" | "held" | "conduct" | "system"
export const lanes: Lane[] = ["care", "held", "conduct", "system"]
export type Outcome = "release" | "decline" | "hide" | "mute" | "remove" | "supported" | "no-action"
export type CareState = "saved" | "told" | "opened" | "unopened" | "closed"

export type Mark = { stream: string; n: number }
export type Welcome = {
  type: "welcome"; room: string; session: string; role: Role; handle: string; place?: number; entered?: boolean
  streams?: { stream: string; floor: number; last: number }[]; agreement: string; beat_seconds: number
}
export type Person = { place: number; handle: string; role: Role; listening?: boolean; here: boolean }
export type Care = { place: number; n?: number; id: string; item: string; state: CareState; by?: string }
export type State = {
  type: "state"; session: string; room: string; name: string; room_kind: string; phase: Phase; topic?: string; paused?: boolean
  covered: boolean; closed?: boolean; purge_at?: number; purge_minutes: number; people?: Person[]; muted_until?: number; care?: Care[]
}
export type Finding = { reason: string; what?: string; start: number; end: number }
export type Ack = { type: "ack"; id: string; status: "done" | "posted" | "held"; n?: number }
export type Nudge = { type: "nudge"; id: string; findings: Finding[] | null }
export type Failure = { type: "failure"; id?: string; code: string; until?: number }
export type Hint = { type: "queue"; lane: Lane | ""; item: string; version: number }

// Bodies by kind. What a client does not draw still has its shape here, so that the decoder knows every kind.
export type Bodies = {
  doors: { room: string; name: string; room_kind: string; capacity: number; agreement: string; purge_minutes: number; coverage_minutes: number }
  entered: { place: number; handle: string; role: Role; listening?: boolean }
  left: { place: number; why?: string }
  listening: { place: number; listening: boolean }
  said: { place: number; id: string; text: string; reply_to?: number; folded?: string }
  gone: { n: number; why: string }
  tombstone: { place: number; id: string; reply_to?: number; why: string }
  phase: { phase: Phase; topic?: string }
  paused: { paused: boolean }
  coverage: { covered: boolean }
  reminder: { about: "entry" | "late" | "phase" | "close" }
  closed: { why: string; purge_at: number }
  held: { place: number; id: string; text: string; reply_to?: number; why: string; folded?: string; item?: string }
  back: { place: number; id: string; why: string; text?: string }
  posted: { place: number; id: string; n: number }
  care: Care
  muted: { place: number; until: number }
  hidden: { n: number; why: string }
  aside: { place: number; id: string; text: string }
  flagged: { item: string; lane: Lane; why: string; place?: number; n?: number }
  settled: { item: string; place?: number; id?: string; outcome?: string }
}
export type Kind = keyof Bodies
export type RecordOf<K extends Kind> = { type: "record"; stream: string; n: number; at: number; kind: K; body: Bodies[K] }
export type AnyRecord = { [K in Kind]: RecordOf<K> }[Kind]
export type Frame = Welcome | State | AnyRecord | Ack | Nudge | Failure | Hint | { type: "beat" }

// shapes lists the fields of each frame and body with the first letter of their JSON type (string, number, boolean, array,
// object); "?" marks those that may be missing.
const shapes: { [name: string]: string } = {
  beat: "",
  welcome: "room:s session:s role:s handle:s place:n? entered:b? streams:a? agreement:s beat_seconds:n",
  state: "session:s room:s name:s room_kind:s phase:s topic:s? paused:b? covered:b closed:b? purge_at:n? purge_minutes:n people:a? muted_until:n? care:a?",
  record: "stream:s n:n at:n kind:s body:o",
  ack: "id:s status:s n:n?",
  nudge: "id:s findings:a",
  failure: "id:s? code:s until:n?",
  queue: "lane:s item:s version:n",
}
const bodies: { [K in Kind]: string } = {
  doors: "room:s name:s room_kind:s capacity:n agreement:s purge_minutes:n coverage_minutes:n",
  entered: "place:n handle:s role:s listening:b?",
  left: "place:n why:s?",
  listening: "place:n listening:b",
  said: "place:n id:s text:s reply_to:n? folded:s?",
  gone: "n:n why:s",
  tombstone: "place:n id:s reply_to:n? why:s",
  phase: "phase:s topic:s?",
  paused: "paused:b",
  coverage: "covered:b",
  reminder: "about:s",
  closed: "why:s purge_at:n",
  held: "place:n id:s text:s reply_to:n? why:s folded:s? item:s?",
  back: "place:n id:s why:s text:s?",
  posted: "place:n id:s n:n",
  care: "place:n n:n? id:s item:s state:s by:s?",
  muted: "place:n until:n",
  hidden: "n:n why:s",
  aside: "place:n id:s text:s",
  flagged: "item:s lane:s why:s place:n? n:n?",
  settled: "item:s place:n? id:s? outcome:s?",
}

function fits(value: unknown, shape: string): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const left = { ...value } as { [field: string]: unknown }
  for (const field of shape.split(" ")) {
    const [name, kind] = field.split(":") as [string, string?]
    const have = left[name]
    delete left[name]
    if (kind && !(have === undefined ? kind[1] : (Array.isArray(have) ? "a" : have === null ? "" : typeof have)[0] === kind[0])) return false
  }
  return Object.keys(left).length === 0
}

// decode reads a frame of the server, strictly. Padding is spaces, which JSON allows.
export function decode(text: string): Frame {
  const value = JSON.parse(text) as { type?: string; kind?: string; body?: unknown }
  const shape = typeof value === "object" && value !== null && typeof value.type === "string" ? shapes[value.type] : undefined
  if (shape === undefined || !fits(value, "type:s " + shape)) throw new Error("a frame of another shape")
  if (value.type === "record") {
    const body = bodies[value.kind as Kind]
    if (body === undefined || !fits(value.body, body)) throw new Error("a record of another shape")
  }
  return value as Frame
}

const sizes = [256, 512, 1024, 2048, 4096]

// encode writes a frame padded with spaces, so that a watcher of the line sees five lengths and no words.
export function encode(frame: object): string {
  const text = JSON.stringify(frame)
  const length = new TextEncoder().encode(text).length
  const size = sizes.find((s) => s >= length)
  return size ? text + " ".repeat(size - length) : text
}

// textLimit is the most a text may take as encoded in JSON, in bytes.
export const textLimit = 3000
export const encodedLength = (text: string) => new TextEncoder().encode(JSON.stringify(text)).length - 2
