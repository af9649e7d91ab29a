/** Audio that is older smears turn detection, and answers come late. */
const MAX_WAIT_MS = 1000
/** Longest time that counts between two frames: a page that slept says nothing about its network. */
const MAX_STEP_MS = 100

/** What a {@link VoiceQueue} works with. */
export interface VoiceQueueHost {
  /** Bytes that were sent and that the network has not taken. */
  readonly buffered: () => number
  readonly send: (message: string) => void
  /** How much of that there may be, bytes, before voice waits: what a socket has taken cannot be taken back. */
  readonly fullBytes: number
  /** How many messages may wait: a backlog that arrives at once, and a second besides. */
  readonly maxWaiting: number
  /** How long the network may take nothing of what waits, ms. */
  readonly stuckMs: number
  /** A frame was dropped. */
  readonly onDrop: () => void
  /** The network has taken nothing for `stuckMs`. */
  readonly onStuck: () => void
  /** Default: the page's clock, ms. */
  readonly now?: (() => number) | undefined
}

/**
 * The user's voice on its way to a socket. It waits in front of it while the network does not keep up, and
 * the oldest of it is dropped then. Time only passes with frames: where none come nothing is stuck.
 */
export class VoiceQueue {
  readonly #host: VoiceQueueHost
  readonly #now: () => number
  readonly #waiting: { readonly message: string; readonly at: number | undefined }[] = []
  #held = false
  #seenAt: number
  /** Time that passed while frames came, ms. */
  #time = 0
  #movedAt = 0
  #buffered = 0

  constructor(host: VoiceQueueHost) {
    this.#host = host
    this.#now = host.now ?? (() => performance.now())
    this.#seenAt = this.#now()
  }

  /** Messages that wait. */
  get length(): number {
    return this.#waiting.length
  }

  /** Whether everything waits, whatever the network does. */
  get held(): boolean {
    return this.#held
  }

  set held(held: boolean) {
    this.#held = held
    this.drain(Infinity)
  }

  /** Takes a frame of the user's voice, as it is to be sent. */
  voice(message: string): void {
    const { maxWaiting, stuckMs, buffered, onDrop, onStuck } = this.#host
    const now = this.#now()
    const time = (this.#time += Math.min(now - this.#seenAt, MAX_STEP_MS))
    this.#seenAt = now
    const waiting = this.#waiting
    waiting.push({ message, at: time })
    this.drain()
    while (waiting.length > maxWaiting || (!this.#held && time - (waiting[0]?.at ?? time) > MAX_WAIT_MS)) {
      const oldest = waiting.findIndex(({ at }) => at !== undefined)
      if (oldest < 0) break
      waiting.splice(oldest, 1)
      onDrop()
    }
    const bytes = buffered()
    if (this.#held || waiting.length === 0 || bytes < this.#buffered) this.#movedAt = time
    this.#buffered = bytes
    if (time - this.#movedAt > stuckMs) onStuck()
  }

  /** Takes something that is sent after all that was said before it, and never dropped. */
  message(message: string): void {
    this.#waiting.push({ message, at: undefined })
    this.drain(Infinity)
  }

  /** Sends what waits, until the socket holds so much; unless it is held. */
  drain(bytes: number = this.#host.fullBytes): void {
    while (!this.#held && this.#host.buffered() < bytes) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#host.send(next.message)
    }
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting.length = 0
  }
}
