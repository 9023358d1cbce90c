import type { Lane, Outcome } from "./protocol"
import { newID, type Room } from "./room"
import { call, CallError, Socket, ticket } from "./socket"

export type Item = {
  item: string; version: number; lane: Lane; state: string; room: string; name: string; why: string[] | null; handle?: string; flags: number
  at: number; lease_by?: string; mine?: boolean; about?: boolean; late?: boolean
}
export type Detail = Item & {
  session: string; place?: number; words?: { handle: string; text: string; at: number; subject?: boolean }[]; notes?: string[]
  outcomes: Outcome[]; care?: string; session_over?: boolean
}
type Lease = { item: string; version: number; lease: string; until: number }

// Queue is what waits for a facilitator, in all rooms. The socket only hints; what changed is fetched.
export class Queue {
  items: Item[] = []
  open?: Detail
  lease?: Lease
  problem = ""
  said = ""
  private listeners = new Set<() => void>()
  private due = 0

  constructor(room: Room) {
    new Socket("/ws/queue", async () => ({ room: "queue", ticket: await ticket("/api/queue/ticket") }), (f) => {
      if (f.type === "queue" || f.type === "welcome") this.soon()
    }, () => undefined)
    room.flagged.push((item) => {
      // Shown here means told: the author reads that a facilitator has it.
      if (item) void room.ask({ type: "got", item })
      this.soon()
    })
    setInterval(() => void this.beat(), 30_000)
    setInterval(() => this.soon(), 20_000)
  }

  watch(listener: () => void) {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  private changed() {
    for (const l of this.listeners) l()
  }

  private soon() {
    clearTimeout(this.due)
    this.due = window.setTimeout(() => void this.look(), 150)
  }

  private async look() {
    await this.try(async () => {
      this.items = (await call<{ items: Item[] }>("GET", "/api/queue")).items
      if (this.open && !this.items.some((i) => i.item === this.open!.item)) this.forget()
      if (this.problem === "unavailable") this.problem = "" // it can again
    })
  }

  // try runs a call; a refusal becomes a sentence, and stale work is looked at again.
  private async try(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      this.problem = error instanceof CallError ? error.code : "unavailable"
      if (this.problem === "stale") this.soon()
      return false
    } finally {
      this.changed()
    }
  }

  private forget() {
    this.open = undefined
    this.lease = undefined
  }

  // take makes an item yours and opens it.
  async take(item: string) {
    if (this.open?.item === item) return
    await this.putBack()
    this.problem = this.said = ""
    await this.try(async () => {
      this.lease = await call<Lease>("POST", `/api/items/${item}/take`, {})
      this.open = await call<Detail>("POST", `/api/items/${item}`, { lease: this.lease.lease })
    })
    this.soon()
  }

  async putBack() {
    const lease = this.lease
    if (!lease) return
    this.forget()
    await this.try(() => call("POST", `/api/items/${lease.item}/put-back`, { lease: lease.lease }))
    this.soon()
  }

  private async beat() {
    const lease = this.lease
    if (!lease) return
    const held = await this.try(async () => {
      this.lease = await call<Lease>("POST", `/api/items/${lease.item}/beat`, { lease: lease.lease })
    })
    if (!held && this.problem === "stale") this.forget()
  }

  async decide(outcome: Outcome, reason: string, minutes: number) {
    const lease = this.lease
    if (!lease) return
    const done = await this.try(() =>
      call("POST", `/api/items/${lease.item}/decide`, {
        id: newID(), version: lease.version, lease: lease.lease, outcome, ...(reason && { reason }), ...(minutes && { minutes }),
      }),
    )
    if (done) {
      this.said = "done." + outcome
      this.problem = ""
      this.forget()
    }
    this.soon()
  }
}
