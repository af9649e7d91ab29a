/** −18 dB. */
const DUCKED = 0.126
const DOWN_SECONDS = 0.005
const UP_SECONDS = 0.12
/** How long a duck waits for somebody to confirm it with a flush. */
const HOLD_SECONDS = 0.7

/**
 * Turns a voice down while somebody speaks over it, and up again if that comes to nothing.
 * Real-time contract: no allocation after construction.
 */
export class Ducker {
  readonly #down: number
  readonly #up: number
  readonly #holdFrames: number
  #gain = 1
  #held = 0

  /** @param sampleRate Hz. */
  constructor(sampleRate: number) {
    this.#down = (1 - DUCKED) / (DOWN_SECONDS * sampleRate)
    this.#up = (1 - DUCKED) / (UP_SECONDS * sampleRate)
    this.#holdFrames = Math.round(HOLD_SECONDS * sampleRate)
  }

  /** Somebody began to speak. */
  duck(): void {
    this.#held = this.#holdFrames
  }

  /** Full voice, at once: what comes next is another answer. */
  reset(): void {
    this.#held = 0
    this.#gain = 1
  }

  /** Applies the gain in place to the first `frames` of `samples`. */
  apply(samples: Float32Array, frames: number): void {
    if (this.#held === 0 && this.#gain === 1) return
    for (let i = 0; i < frames; i++) {
      if (this.#held > 0) {
        this.#held--
        this.#gain = Math.max(DUCKED, this.#gain - this.#down)
      } else {
        this.#gain = Math.min(1, this.#gain + this.#up)
      }
      samples[i] = (samples[i] as number) * this.#gain
    }
  }
}
