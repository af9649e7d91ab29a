/**
 * A gain that moves in a straight line, so that a voice starts and stops without a click.
 * Real-time contract: no allocation after construction.
 */
export class GainRamp {
  readonly #length: number
  /** Gain in steps of `1 / length`: counting in whole numbers, a ramp arrives exactly. */
  #level: number
  #target: number

  /** @param frames Length of a full ramp, from 0 to 1. */
  constructor(frames: number, gain: 0 | 1 = 0) {
    this.#length = Math.max(1, Math.round(frames))
    this.#level = gain * this.#length
    this.#target = this.#level
  }

  set target(gain: 0 | 1) {
    this.#target = gain * this.#length
  }

  /** Whether the ramp leads to silence. */
  get falling(): boolean {
    return this.#target === 0
  }

  /** Whether the ramp has arrived at silence. */
  get silent(): boolean {
    return this.#level === 0 && this.#target === 0
  }

  /** Frames that are left until the target is reached. */
  get remaining(): number {
    return Math.abs(this.#target - this.#level)
  }

  /** Silence, at once. */
  reset(): void {
    this.#level = 0
    this.#target = 0
  }

  /** Applies the gain in place to `samples[from, to)`. */
  apply(samples: Float32Array, from: number, to: number): void {
    let level = this.#level
    let i = from
    for (; i < to && level !== this.#target; i++) {
      level += level < this.#target ? 1 : -1
      samples[i] = ((samples[i] as number) * level) / this.#length
    }
    this.#level = level
    if (level === 0) samples.fill(0, i, to)
  }
}
