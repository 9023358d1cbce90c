import { decode, encode, type Frame, type Mark } from "./protocol"

// Socket keeps one conversation going: it connects, comes back without limit while the server allows it, and says hello
// with a fresh ticket each time. What is on the wire is protocol.ts; what it means is room.ts.
export type Link = "connecting" | "on" | "lost" | "over"

export class Socket {
  private ws?: WebSocket
  private tries = 0
  private timer = 0
  private beat = 0
  private heard = 0
  link: Link = "connecting"
  code = 0

  constructor(
    private path: string,
    private hello: () => Promise<{ room: string; ticket: string; session?: string; marks?: Mark[] }>,
    private take: (frame: Frame) => void,
    private changed: () => void,
  ) {
    const now = () => this.soon()
    addEventListener("online", now)
    addEventListener("pageshow", now)
    document.addEventListener("visibilitychange", () => document.hidden || now())
    addEventListener("porchlight-exit", () => this.end())
    void this.connect()
  }

  // soon tries at once when the phone wakes or the network is back.
  private soon() {
    if (this.link === "over") return
    if (this.ws && this.ws.readyState === WebSocket.OPEN && Date.now() - this.heard < 30_000) return
    if (this.ws && this.ws.readyState === WebSocket.CONNECTING) return
    this.tries = 0
    void this.connect()
  }

  private async connect() {
    clearTimeout(this.timer)
    this.drop()
    const mine = (this.ws = undefined)
    let hello
    try {
      hello = await this.hello()
    } catch (error) {
      if (error instanceof Refused) return this.over(error.code)
      return this.later()
    }
    if (this.ws !== mine || this.link === "over") return
    const ws = new WebSocket(location.origin.replace(/^http/, "ws") + this.path, "porchlight.v1")
    this.ws = ws
    ws.onopen = () => ws.send(encode({ type: "hello", ...hello }))
    ws.onmessage = (event) => {
      if (this.ws !== ws) return
      this.heard = Date.now()
      try {
        const frame = decode(event.data as string)
        if (frame.type === "welcome") this.welcomed()
        this.take(frame)
      } catch {
        ws.close() // a gap or a shape nobody knows: coming back repairs both
        this.later()
      }
    }
    ws.onclose = (event) => {
      if (this.ws !== ws) return
      this.ws = undefined
      if (event.code >= 4500 || event.code === 1000 || event.code === 1008) return this.over(event.code)
      this.later()
    }
  }

  private welcomed() {
    this.tries = 0
    this.link = "on"
    clearInterval(this.beat)
    this.beat = window.setInterval(() => {
      if (Date.now() - this.heard > 55_000) return this.later()
      this.send({ type: "beat" })
    }, 20_000)
    this.changed()
  }

  // later waits with full jitter, half a second to thirty.
  private later() {
    this.drop()
    if (this.link === "over") return
    this.link = this.link === "connecting" ? "connecting" : "lost"
    const most = Math.min(30_000, 500 * 2 ** this.tries++)
    clearTimeout(this.timer)
    this.timer = window.setTimeout(() => void this.connect(), Math.max(200, Math.random() * most))
    this.changed()
  }

  private over(code: number) {
    this.drop()
    this.link = "over"
    this.code = code
    this.changed()
  }

  private drop() {
    clearInterval(this.beat)
    const ws = this.ws
    this.ws = undefined
    ws?.close()
  }

  end() {
    clearTimeout(this.timer)
    this.link = "over"
    this.drop()
  }

  again() {
    this.link = "lost"
    this.tries = 0
    void this.connect()
  }

  send(frame: object): boolean {
    if (!this.ws || this.ws.readyState !== WebSocket.OPEN || this.link !== "on") return false
    this.ws.send(encode(frame))
    return true
  }
}

// Refused says that asking again would get the same answer.
export class Refused extends Error {
  constructor(readonly code: number) {
    super("refused")
  }
}

// call asks the JSON API. A refusal throws its code.
export async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) {
    let code = "unavailable"
    try {
      code = (JSON.parse(text) as { code: string }).code
    } catch {
      // not ours: a proxy's page
    }
    throw new CallError(code, answer.status)
  }
  return (text ? JSON.parse(text) : undefined) as T
}

export class CallError extends Error {
  constructor(readonly code: string, readonly status: number) {
    super(code)
  }
}

// ticket buys a single-use ticket for a socket.
export async function ticket(path: string): Promise<string> {
  try {
    return (await call<{ ticket: string }>("POST", path)).ticket
  } catch (error) {
    if (error instanceof CallError && error.status === 403) throw new Refused(4504)
    throw error
  }
}
