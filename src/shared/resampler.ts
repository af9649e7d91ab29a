import { PolyphaseFilter } from './polyphase-filter.ts'

/** Half the filter's length, frames of the lower rate. */
const HALF_LENGTH = 64
// Where the gain is one half, as a fraction of the lower rate's Nyquist frequency. Below the middle of the
// transition band: that spends flatness nobody hears (0.006 dB of an allowed 0.01) on rejection (105 dB,
// where the middle would give 78).
const CUTOFF = 0.946

const MAX_COEFFICIENTS = 1 << 19
const MIN_BLOCK_FRAMES = 1024
// Far below any sound, far above the subnormal numbers that processors are slow at.
const SILENCE = 1e-30
// Far above any sound. What is beyond, or not a number, would stay in the filter and spoil its length.
const NONSENSE = 1e6

/**
 * Streaming resampler for one channel: a rational polyphase filter. It passes up to 0.90 of the lower
 * rate's Nyquist frequency and stops everything from 1.0 on, for a delay of 64 frames of the lower rate.
 *
 * Output `k` is centred exactly on input time `k * inputRate / outputRate`, counted from the first input
 * frame, and comes out as soon as the `delayFrames` frames after it are in. So there is no delay to
 * subtract from a position and no silence at the start; `delayFrames` zeros drain the tail. However the
 * input is cut into chunks, the output is the same to the bit. Equal rates pass through.
 *
 * Real-time contract: nothing is allocated after construction.
 */
export class Resampler {
  /** Look-ahead: input frames after the one an output is centred on that must be in before it comes out. */
  readonly delayFrames: number

  // The rates in lowest terms: `up` outputs for `down` inputs.
  readonly #up: number
  readonly #down: number
  readonly #filter: PolyphaseFilter | undefined
  readonly #history: Float32Array
  #filled = 0
  // The next output is centred on frame `centre + phase / up` of the history.
  #centre = 0
  #phase = 0

  /**
   * @param inputRate - Hz.
   * @param outputRate - Hz.
   * @throws RangeError when the two have so small a common divisor that the filter's table would be
   * unreasonably large.
   */
  constructor(inputRate: number, outputRate: number) {
    const divisor = greatestCommonDivisor(inputRate, outputRate)
    this.#up = outputRate / divisor
    this.#down = inputRate / divisor
    // The filter follows the lower rate: from a higher one it is stretched.
    const stretch = Math.max(1, this.#down / this.#up)
    const half = inputRate === outputRate ? 0 : 2 * Math.ceil((HALF_LENGTH * stretch) / 2)
    if (2 * half * this.#up > MAX_COEFFICIENTS) {
      throw new RangeError(`${inputRate} Hz to ${outputRate} Hz takes too large a filter`)
    }
    this.delayFrames = half
    if (half > 0) {
      this.#filter = new PolyphaseFilter({ phases: this.#up, halfLength: half, cutoff: CUTOFF / stretch })
    }
    this.#history = new Float32Array(2 * half + Math.max(2 * half, MIN_BLOCK_FRAMES))
    this.reset()
  }

  /** Exactly how many input frames must be fed to get `outputFrames` more outputs from here. */
  inputFramesFor(outputFrames: number): number {
    if (outputFrames <= 0) return 0
    const steps = Math.floor((this.#phase + (outputFrames - 1) * this.#down) / this.#up)
    return Math.max(0, this.#centre + steps + this.delayFrames + 1 - this.#filled)
  }

  /** Exactly how many outputs `inputFrames` more inputs give. */
  outputFramesFor(inputFrames: number): number {
    const centres = this.#filled + inputFrames - this.delayFrames - this.#centre
    return Math.max(0, Math.ceil((centres * this.#up - this.#phase) / this.#down))
  }

  /**
   * Feeds the first `inputFrames` of `input`, and writes what comes out to the start of `output`.
   *
   * @param limit - Frames to write at most; what is ready beyond them comes first the next time. One input
   * may give several outputs: who needs exactly `limit` of them feeds `inputFramesFor(limit)`, and no more:
   * input that cannot come out must not fill the history.
   * @returns the number of frames written: `outputFramesFor(inputFrames)`, or `limit`.
   */
  process(input: Float32Array, inputFrames: number, output: Float32Array, limit: number = Infinity): number {
    const frames = Math.min(limit, this.outputFramesFor(inputFrames))
    const history = this.#history
    let written = this.#drain(output, 0, frames)
    let read = 0
    while (read < inputFrames) {
      if (this.#filled === history.length) this.#forgetPast()
      const end = Math.min(inputFrames, read + history.length - this.#filled)
      for (; read < end; read++) {
        const magnitude = Math.abs(input[read] as number)
        const audible = magnitude > SILENCE && magnitude < NONSENSE
        history[this.#filled++] = audible ? (input[read] as number) : 0
      }
      written = this.#drain(output, written, frames)
    }
    return written
  }

  /** Forgets all input: from here on it is as newly made. */
  reset(): void {
    this.#history.fill(0)
    this.#filled = this.#centre = Math.max(0, this.delayFrames - 1)
    this.#phase = 0
  }

  /** Writes the outputs that are ready, from `output[written]` to before `limit`; returns the new `written`. */
  #drain(output: Float32Array, written: number, limit: number): number {
    const filter = this.#filter
    const history = this.#history
    const up = this.#up
    const end = this.#filled - this.delayFrames
    let centre = this.#centre
    let phase = this.#phase
    while (centre < end && written < limit) {
      if (filter) filter.apply(history, centre, phase, output, written)
      else output[written] = history[centre] as number
      written++
      phase += this.#down
      centre += Math.floor(phase / up)
      phase %= up
    }
    this.#centre = centre
    this.#phase = phase
    return written
  }

  /** Moves what is still needed to the start of the history. */
  #forgetPast(): void {
    const first = this.#centre - Math.max(0, this.delayFrames - 1)
    this.#history.copyWithin(0, first, this.#filled)
    this.#filled -= first
    this.#centre -= first
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
