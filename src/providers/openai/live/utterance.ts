import type { WireWords } from './wire.ts'

/** A pause in the session's time that ends an utterance, … */
const PAUSE_MS = 1000
/** … and one that does if the other side spoke in it. */
const SWITCH_MS = 300
/** Words come some time after the sound, and several seconds' at once: so long after them no more are due. */
const IDLE_MS = 1000

/** Time of a session, as far as its words tell. */
export class SessionClock {
  #offset = Infinity

  /** Takes a moment of the session of which words tell now. */
  sync(ms: number): void {
    this.#offset = Math.min(this.#offset, performance.now() - ms)
  }

  /** How long it is until a moment of the session, at most, ms. */
  until(ms: number): number {
    return Math.max(0, this.#offset + ms - performance.now())
  }
}

/** What an {@link Utterance} tells of. */
export interface UtteranceHost {
  readonly clock: SessionClock
  /** Words come after a pause. */
  onBegin(): void
  /** All that was said since. */
  onText(text: string): void
  /** A pause has come. `text` is all that was said. */
  onEnd(text: string): void
}

/**
 * What one side says between two pauses. The Live API has no turns and no items, only words and their
 * times, in order.
 */
export class Utterance {
  readonly #host: UtteranceHost
  #text = ''
  #open = false
  #endMs = -Infinity
  /** Whether the other side spoke after these words. */
  #answered = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: UtteranceHost) {
    this.#host = host
  }

  /** Whether it goes on, as far as is known. */
  get open(): boolean {
    return this.#open
  }

  take({ delta, start_ms, end_ms }: WireWords): void {
    const pauseMs = start_ms - this.#endMs
    if (pauseMs >= PAUSE_MS || (this.#answered && pauseMs >= SWITCH_MS)) this.end()
    this.#host.clock.sync(start_ms)
    this.#endMs = Math.max(this.#endMs, end_ms)
    this.#answered = false
    const text = (this.#text + delta).trimStart()
    if (!text) return
    if (!this.#open) {
      this.#open = true
      this.#host.onBegin()
    }
    this.#text = text
    this.#host.onText(text)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(), this.#host.clock.until(end_ms) + IDLE_MS)
  }

  /** The other side speaks, from a moment of the session on: a shorter pause is an end. */
  answer(startMs: number): void {
    if (startMs >= this.#endMs) this.#answered = true
  }

  /** No more words come. */
  end(): void {
    clearTimeout(this.#timer)
    if (!this.#open) return
    this.#open = false
    const text = this.#text
    this.#text = ''
    this.#host.onEnd(text)
  }
}
