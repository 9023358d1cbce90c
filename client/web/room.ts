import type { AnyRecord, Care, Frame, Person, Phase, Role, State, Welcome } from "./protocol"
import { encodedLength, textLimit } from "./protocol"
import { Socket, ticket } from "./socket"

// What stands in the log of the page, in the order it happened.
export type Entry =
  | { key: string; at: number; kind: "said"; n: number; place: number; id: string; text: string; folded?: string; replyTo?: number; gone?: string }
  | { key: string; at: number; kind: "line"; say: string; fill?: { [name: string]: string } }
  | { key: string; at: number; kind: "topic"; topic: string }
  | { key: string; at: number; kind: "held"; id: string; text: string; why: string }
  | { key: string; at: number; kind: "back"; id: string; text: string; why: string }
  | { key: string; at: number; kind: "care"; care: Care; told?: number; opened?: number }
  | { key: string; at: number; kind: "note"; say: string; why?: string; until?: number }
  | { key: string; at: number; kind: "aside"; place: number; to: number; text: string }

// Words that are on their way: they are kept on the device until the room has them.
export type Unsent = { id: string; text: string; replyTo?: number; anyway?: boolean; state: "sending" | "nudge" | "failed"; code?: string; until?: number; findings?: { start: number; end: number; what?: string }[] }

type Waiting = { id: string; done: (code: string) => void }

export class Room {
  socket: Socket
  session = ""
  role: Role = "member"
  place = 0
  entered = false
  agreement = ""
  phase: Phase = "arrive"
  topic = ""
  paused = false
  covered = true
  closed = false
  ended = ""
  purgeAt = 0
  mutedUntil = 0
  people = new Map<number, Person>()
  log: Entry[] = []
  unsent: Unsent[] = []
  problem = ""
  fresh = 0
  readonly newWords: ((e: Entry) => void)[] = []
  readonly flagged: ((item: string) => void)[] = []
  private marks = new Map<string, number>()
  private known = new Map<string, number>() // last numbers of the welcome: up to there records are drawn, not applied
  private waiting: Waiting[] = []
  private meant = "" // the session the unsent words were written for
  private listeners = new Set<() => void>()

  constructor(readonly id: string, readonly as: "member" | "facilitator", private agreed: string, private listen: boolean) {
    this.unsent = this.kept()
    const sell = `/api/rooms/${id}/ticket` + (as === "facilitator" ? "?as=facilitator" : "")
    this.socket = new Socket(
      "/ws",
      async () => ({
        room: this.id, ticket: await ticket(sell),
        ...(this.session && { session: this.session, marks: [...this.marks].map(([stream, n]) => ({ stream, n })) }),
      }),
      (frame) => this.take(frame),
      () => this.changed(),
    )
  }

  watch(listener: () => void) {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  changed() {
    for (const l of this.listeners) l()
  }

  me = () => this.people.get(this.place)
  name = (place: number) => this.people.get(place)?.handle ?? ""

  // take follows one frame; a gap throws, and the socket starts again from the marks.
  private take(frame: Frame) {
    switch (frame.type) {
      case "welcome": return this.welcome(frame)
      case "state": this.state(frame); break
      case "record": this.record(frame); break
      case "ack": this.answer(frame.id, ""); break
      case "nudge": this.unsentIs(frame.id, { state: "nudge", findings: frame.findings ?? [] }); break
      case "failure": this.answer(frame.id ?? "", frame.code, frame.until); break
    }
    this.changed()
  }

  private welcome(w: Welcome) {
    if (this.meant && this.meant !== w.session) {
      // Words for another evening are not said in this one by themselves: they wait to be looked at.
      this.unsent = this.unsent.map((u) => ({ ...u, state: "failed", code: "other_session" }))
    }
    this.meant = w.session
    if (w.session !== this.session) {
      this.session = w.session
      this.marks.clear()
      this.log = []
    }
    this.role = w.role
    this.entered = !!w.entered
    this.place = w.place ?? this.place
    this.agreement = w.agreement
    for (const s of w.streams ?? []) {
      if (!this.marks.has(s.stream)) this.marks.set(s.stream, s.floor)
      this.known.set(s.stream, s.last)
    }
    if (this.entered) return this.sendAgain()
    const agreed = this.as === "facilitator" ? w.agreement : this.agreed
    if (!agreed) return location.replace(`/rooms/${this.id}/agreement`)
    void this.ask({ type: "enter", agreed, adult: true, ...(this.listen && { listening: true }) })
  }

  private state(s: State) {
    this.phase = s.phase
    this.topic = s.topic ?? ""
    this.paused = !!s.paused
    this.covered = s.covered
    this.closed = !!s.closed
    this.purgeAt = s.purge_at ?? 0
    this.mutedUntil = s.muted_until ?? 0
    if (s.people) this.people = new Map(s.people.map((p) => [p.place, p]))
    for (const c of s.care ?? []) this.care(c, Math.floor(Date.now() / 1000), false)
  }

  private record(r: AnyRecord) {
    const last = this.marks.get(r.stream) ?? 0
    if (r.n <= last) return
    if (r.n !== last + 1) throw new Error("a gap")
    this.marks.set(r.stream, r.n)
    if (r.n > (this.known.get(r.stream) ?? 0)) this.apply(r)
    this.draw(r)
  }

  // apply changes the state of the room: only what came after the state frame.
  private apply(r: AnyRecord) {
    switch (r.kind) {
      case "entered": this.people.set(r.body.place, { ...r.body, here: true }); break
      case "left": this.person(r.body.place, { here: false }); break
      case "listening": this.person(r.body.place, { listening: r.body.listening }); break
      case "phase":
        this.phase = r.body.phase
        if (r.body.topic) this.topic = r.body.topic
        break
      case "paused": this.paused = r.body.paused; break
      case "coverage": this.covered = r.body.covered; break
      case "closed":
        this.closed = true
        this.ended = r.body.why
        this.purgeAt = r.body.purge_at
        this.log = this.log.filter((e) => e.kind !== "said" && e.kind !== "topic") // a page left open keeps no evening
        break
      case "muted": if (r.body.place === this.place) this.mutedUntil = r.body.until; break
      case "flagged": for (const f of this.flagged) f(r.body.item); break
      case "held": case "settled": case "posted": if (r.stream === "facilitators") for (const f of this.flagged) f(""); break
    }
  }

  private person(place: number, change: Partial<Person>) {
    const p = this.people.get(place)
    if (p) this.people.set(place, { ...p, ...change })
  }

  // draw puts the record into the log of the page.
  private draw(r: AnyRecord) {
    const own = r.stream === `place/${this.place}`
    const key = r.stream + "#" + r.n
    switch (r.kind) {
      case "entered": if (!this.people.has(r.body.place)) this.people.set(r.body.place, { ...r.body, here: true }); break
      case "said":
        this.sent(r.body.id, r.body.place)
        this.put({ key, at: r.at, kind: "said", n: r.n, place: r.body.place, id: r.body.id, text: r.body.text, folded: r.body.folded, replyTo: r.body.reply_to })
        break
      case "gone": this.log = this.log.map((e) => (e.kind === "said" && e.n === r.body.n ? { ...e, text: "", gone: r.body.why } : e)); break
      case "tombstone":
        if (r.stream === "room") this.put({ key, at: r.at, kind: "said", n: r.n, place: r.body.place, id: r.body.id, text: "", gone: r.body.why })
        break
      case "phase":
        this.put({ key, at: r.at, kind: "line", say: "phase." + r.body.phase })
        if (r.body.topic) this.put({ key: key + "t", at: r.at, kind: "topic", topic: r.body.topic })
        break
      case "paused": this.put({ key, at: r.at, kind: "line", say: r.body.paused ? "line.paused" : "line.resumed" }); break
      case "coverage": this.put({ key, at: r.at, kind: "line", say: r.body.covered ? "line.covered" : "line.uncovered" }); break
      case "reminder": this.put({ key, at: r.at, kind: "line", say: "remind." + r.body.about }); break
      case "closed": this.ended = r.body.why; this.purgeAt = r.body.purge_at; break
      case "held":
        if (!own) break
        this.sent(r.body.id, this.place)
        this.put({ key: "held-" + r.body.id, at: r.at, kind: "held", id: r.body.id, text: r.body.text, why: r.body.why })
        break
      case "posted": if (own) this.remove("held-" + r.body.id); break
      case "back":
        if (!own) break
        this.remove("held-" + r.body.id)
        if (r.body.why !== "author") this.put({ key, at: r.at, kind: "back", id: r.body.id, text: r.body.text ?? "", why: r.body.why })
        break
      case "care": if (own) this.care(r.body, r.at, true); break
      case "muted": if (own) this.put({ key, at: r.at, kind: "note", say: "muted", until: r.body.until }); break
      case "hidden": if (own) this.put({ key, at: r.at, kind: "note", say: "hidden", why: r.body.why }); break
      case "aside": this.put({ key, at: r.at, kind: "aside", place: r.body.place, to: Number(r.stream.slice(6)), text: r.body.text }); break
    }
  }

  // care keeps one card per item; its steps are what truly happened.
  private care(c: Care, at: number, fromRecord: boolean) {
    const key = "care-" + c.item
    const had = this.log.find((e) => e.key === key)
    const card = had?.kind === "care" ? { ...had, care: c } : { key, at, kind: "care" as const, care: c }
    if (fromRecord && c.state === "told") card.told = at
    if (fromRecord && c.state === "opened") card.opened = at
    if (had) this.log = this.log.map((e) => (e.key === key ? card : e))
    else this.put(card)
  }

  private put(e: Entry) {
    if (this.log.some((have) => have.key === e.key)) return
    let i = this.log.length
    while (i > 0 && this.log[i - 1]!.at > e.at) i--
    this.log = [...this.log.slice(0, i), e, ...this.log.slice(i)]
    this.fresh++
    for (const f of this.newWords) f(e)
  }

  private remove(key: string) {
    this.log = this.log.filter((e) => e.key !== key)
  }

  // ask sends a command and resolves with "" or the code of the refusal.
  ask(command: { type: string; [field: string]: unknown }): Promise<string> {
    const id = newID()
    return new Promise((done) => {
      this.waiting.push({ id, done })
      if (!this.socket.send({ ...command, id, session: this.session })) this.answer(id, "unavailable")
    })
  }

  private answer(id: string, code: string, until?: number) {
    const w = this.waiting.find((x) => x.id === id)
    if (w) {
      this.waiting = this.waiting.filter((x) => x !== w)
      w.done(code)
      if (code) this.problem = code
      return
    }
    if (!code) return this.unsentGone(id)
    if (this.unsent.some((u) => u.id === id)) this.unsentIs(id, { state: "failed", code, until })
    else if (code) this.problem = code
  }

  // say puts words on their way; "" or why they cannot go.
  say(text: string, replyTo?: number): string {
    if (!text.trim()) return "empty"
    if (encodedLength(text) > textLimit) return "too_long"
    this.unsent = [...this.unsent, { id: newID(), text, replyTo, state: "sending" }]
    this.keep()
    this.sendAgain()
    return ""
  }

  // retry sends unsent words once more: as they are, under the same id.
  retry(id: string, anyway = false) {
    this.unsentIs(id, { state: "sending", code: undefined, ...(anyway && { anyway }) })
    this.sendAgain()
    this.changed()
  }

  drop(id: string) {
    this.unsentGone(id)
    this.changed()
  }

  private sendAgain() {
    if (!this.entered) return
    for (const u of this.unsent) {
      if (u.state !== "sending") continue
      this.socket.send({ type: "say", id: u.id, session: this.session, text: u.text, ...(u.replyTo && { reply_to: u.replyTo }), ...(u.anyway && { anyway: true }) })
    }
    this.changed()
  }

  private sent(id: string, place: number) {
    if (place === this.place) this.unsentGone(id)
  }

  private unsentIs(id: string, change: Partial<Unsent>) {
    this.unsent = this.unsent.map((u) => (u.id === id ? { ...u, ...change } : u))
    this.keep()
  }

  private unsentGone(id: string) {
    this.unsent = this.unsent.filter((u) => u.id !== id)
    this.keep()
  }

  private keep() {
    hold(`unsent-${this.id}`, this.unsent.length ? JSON.stringify({ meant: this.meant, unsent: this.unsent }) : "")
  }

  private kept(): Unsent[] {
    try {
      const kept = JSON.parse(held(`unsent-${this.id}`) || "null") as { meant: string; unsent: Unsent[] } | null
      if (!kept) return []
      this.meant = kept.meant
      return kept.unsent.map((u) => (u.state === "nudge" ? { ...u, state: "failed" } : u))
    } catch {
      return []
    }
  }
}

export const newID = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(36).padStart(2, "0")).join("")

// hold and held keep a text for this tab only; where storage is forbidden nothing is kept, and nothing breaks.
export function hold(key: string, text: string) {
  try {
    if (text) sessionStorage.setItem(key, text)
    else sessionStorage.removeItem(key)
  } catch {
    // private modes may forbid it
  }
}

export function held(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? ""
  } catch {
    return ""
  }
}
