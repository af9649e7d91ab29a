import { PolyphaseFilter } from './polyphase-filter.ts'

/**
 * `'standard'` passes up to 0.90 of the lower rate's Nyquist frequency and stops everything from 1.0 on,
 * for a delay of 64 frames of the lower rate. `'low-latency'` takes half of that: it stops from 1.1 on,
 * and what lies between folds into the top of the band, above 0.90.
 */
export type ResamplerQuality = 'standard' | 'low-latency'

interface Design {
  /** Half the filter's length, frames of the lower rate. */
  readonly halfLength: number
  /** Where the gain is one half, as a fraction of the lower rate's Nyquist frequency. */
  readonly cutoff: number
}

// The cutoff is below the middle of the transition band: that spends flatness nobody hears (0.006 dB of
// an allowed 0.01) on rejection (105 dB, where the middle would give 78).
const DESIGNS: Readonly<Record<ResamplerQuality, Design>> = {
  standard: { halfLength: 64, cutoff: 0.946 },
  'low-latency': { halfLength: 32, cutoff: 0.992 },
}
const BETA = 10.7

const MAX_COEFFICIENTS = 1 << 19
const MIN_BLOCK_FRAMES = 1024
// Far below any sound, far above the subnormal numbers that processors are slow at.
const SILENCE = 1e-30
// Far above any sound. What is beyond, or not a number, would stay in the filter and spoil its length.
const NONSENSE = 1e6

/**
 * Streaming resampler for one channel: a rational polyphase filter.
 *
 * Output `k` is centred exactly on input time `k * inputRate / outputRate`, counted from the first input
 * frame, and comes out as soon as the `delayFrames` frames after it are in. So there is no delay to
 * subtract from a position and no silence at the start; `delayFrames` zeros drain the tail. However the
 * input is cut into chunks, the output is the same to the bit. Equal rates pass through.
 *
 * Real-time contract: nothing is allocated after construction.
 */
export class Resampler {
  /** Hz. */
  readonly inputRate: number
  /** Hz. */
  readonly outputRate: number
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
   * @param quality - How sharp the filter is against its delay.
   * @throws RangeError when a rate is not a positive integer, or when the two have so small a common
   * divisor that the filter's table would be unreasonably large.
   */
  constructor(inputRate: number, outputRate: number, quality: ResamplerQuality = 'standard') {
    assertRate('inputRate', inputRate)
    assertRate('outputRate', outputRate)
    const divisor = greatestCommonDivisor(inputRate, outputRate)
    this.inputRate = inputRate
    this.outputRate = outputRate
    this.#up = outputRate / divisor
    this.#down = inputRate / divisor
    const { halfLength, cutoff } = DESIGNS[quality]
    // The filter follows the lower rate: from a higher one it is stretched.
    const stretch = Math.max(1, this.#down / this.#up)
    const half = inputRate === outputRate ? 0 : 2 * Math.ceil((halfLength * stretch) / 2)
    if (2 * half * this.#up > MAX_COEFFICIENTS) {
      throw new RangeError(`the filter from ${inputRate} Hz to ${outputRate} Hz would be too large`)
    }
    this.delayFrames = half
    if (half > 0) {
      const options = { phases: this.#up, halfLength: half, cutoff: cutoff / stretch, beta: BETA }
      this.#filter = new PolyphaseFilter(options)
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
   * may give several outputs: who needs exactly `limit` of them feeds `inputFramesFor(limit)`.
   * @returns the number of frames written: `outputFramesFor(inputFrames)`, or `limit`.
   * @throws RangeError, having done nothing, when `input` or `output` is too short, or `limit` so low that
   * more input would wait than the resampler can hold.
   */
  process(input: Float32Array, inputFrames: number, output: Float32Array, limit: number = Infinity): number {
    const frames = Math.min(limit, this.outputFramesFor(inputFrames))
    if (inputFrames > input.length) throw new RangeError('too little input')
    if (frames > output.length) throw new RangeError('too little output')
    const history = this.#history
    const consumed = Math.floor((this.#phase + frames * this.#down) / this.#up)
    if (this.#filled - this.#firstNeeded - consumed + inputFrames > history.length) {
      throw new RangeError('too low a limit')
    }
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
    const wholeStep = Math.floor(this.#down / up)
    const phaseStep = this.#down % up
    const end = this.#filled - this.delayFrames
    let centre = this.#centre
    let phase = this.#phase
    while (centre < end && written < limit) {
      if (filter) filter.apply(history, centre, phase, output, written)
      else output[written] = history[centre] as number
      written++
      centre += wholeStep
      phase += phaseStep
      if (phase >= up) {
        phase -= up
        centre++
      }
    }
    this.#centre = centre
    this.#phase = phase
    return written
  }

  /** The oldest frame of the history that the next output reads. */
  get #firstNeeded(): number {
    return this.#centre - Math.max(0, this.delayFrames - 1)
  }

  /** Moves what is still needed to the start of the history. */
  #forgetPast(): void {
    const first = this.#firstNeeded
    this.#history.copyWithin(0, first, this.#filled)
    this.#filled -= first
    this.#centre -= first
  }
}

function assertRate(name: string, rate: number): void {
  if (!Number.isInteger(rate) || rate <= 0)
    throw new RangeError(`${name} must be a positive integer: ${rate}`)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
