const FLOOR_MS = 40
const CEILING_MS = 400
const RAISE_MS = 60
const LOWER_MS = 20
const REMEMBERED_ITEMS = 8

/**
 * How much audio to hold before playing. A model that sends faster than realtime needs hardly any; one
 * that sends at realtime's pace needs as much as its chunks are late. What recent items needed is held
 * from the start; an underrun raises it at once, and each item without one lowers that again.
 *
 * Real-time contract: no allocation after construction.
 */
export class Prebuffer {
  /** What each of the latest items needed, ms. */
  readonly #needs = new Float64Array(REMEMBERED_ITEMS)
  #next = 0
  #raisedMs = 0
  #underran = false
  /** When the item's first chunk arrived; the audio received since then, ms. */
  #since = Number.NaN
  #receivedMs = 0

  /** What to hold, ms. */
  get ms(): number {
    let need = Math.max(FLOOR_MS, this.#raisedMs)
    for (let i = 0; i < REMEMBERED_ITEMS; i++) need = Math.max(need, this.#needs[i] as number)
    return Math.min(CEILING_MS, need)
  }

  /** A chunk of `chunkMs` arrived at `nowMs` of any steady clock. */
  arrived(nowMs: number, chunkMs: number): void {
    if (Number.isNaN(this.#since)) this.#since = nowMs
    const lateMs = nowMs - this.#since - this.#receivedMs
    // It had to bridge the wait for this chunk, and until then had nothing but the chunk before.
    if (lateMs > 0) this.#needs[this.#next] = Math.max(this.#needs[this.#next] as number, lateMs + chunkMs)
    this.#receivedMs += chunkMs
  }

  /** The queue ran dry: what arrives from now on is measured anew. */
  underrun(): void {
    this.#raisedMs = this.ms + RAISE_MS
    this.#underran = true
    this.#restart()
  }

  /** An item was played to its end, or cut. */
  itemEnded(): void {
    if (!this.#underran) this.#raisedMs -= LOWER_MS
    this.#underran = false
    this.#next = (this.#next + 1) % REMEMBERED_ITEMS
    this.#needs[this.#next] = 0
    this.#restart()
  }

  #restart(): void {
    this.#since = Number.NaN
    this.#receivedMs = 0
  }
}
