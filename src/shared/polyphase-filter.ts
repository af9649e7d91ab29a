import { kaiserLowPass } from './kaiser.ts'

/** What a {@link PolyphaseFilter} is made from. */
export interface PolyphaseFilterOptions {
  /** How many positions between two frames the filter can be centred on. */
  readonly phases: number
  /** Frames that it reaches to either side, an even number. */
  readonly halfLength: number
  /** Where the gain is one half, as a fraction of the Nyquist frequency. */
  readonly cutoff: number
}

/**
 * A low-pass filter that can be centred on any of a number of positions between two frames. A constant
 * keeps its value whatever the position.
 */
export class PolyphaseFilter {
  readonly #halfLength: number
  // Of one or two phases each is symmetric: half the table, half the multiplications.
  readonly #folded: boolean
  readonly #taps: number
  readonly #table: Float32Array

  constructor({ phases, halfLength, cutoff }: PolyphaseFilterOptions) {
    this.#halfLength = halfLength
    this.#folded = phases <= 2
    this.#taps = this.#folded ? halfLength : 2 * halfLength
    this.#table = new Float32Array(phases * this.#taps)
    const response = kaiserLowPass(halfLength * phases, cutoff / phases)
    for (let phase = 0; phase < phases; phase++) this.#fillRow(phase, phases, response)
  }

  /**
   * Writes to `output[at]` the value of `input` at frame `centre + phase / phases`. Reads `halfLength`
   * frames up to the centre, which included, and as many after it.
   */
  // The result is not returned, since a number that crosses a call may cost the heap an object.
  apply(input: Float32Array, centre: number, phase: number, output: Float32Array, at: number): void {
    const table = this.#table
    const taps = this.#taps
    const row = phase * taps
    // Four sums, so that an addition need not wait for the one before. Their order is part of the result.
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    if (this.#folded) {
      const right = centre + phase
      for (let i = 0; i < taps; i += 2) {
        const h = row + i
        const l = centre - i
        const r = right + i
        a += ((input[l] as number) + (input[r] as number)) * (table[h] as number)
        b += ((input[l - 1] as number) + (input[r + 1] as number)) * (table[h + 1] as number)
      }
    } else {
      const first = centre - this.#halfLength + 1
      for (let i = 0; i < taps; i += 4) {
        const h = row + i
        const n = first + i
        a += (input[n] as number) * (table[h] as number)
        b += (input[n + 1] as number) * (table[h + 1] as number)
        c += (input[n + 2] as number) * (table[h + 2] as number)
        d += (input[n + 3] as number) * (table[h + 3] as number)
      }
    }
    output[at] = a + b + (c + d)
  }

  #fillRow(phase: number, phases: number, response: Float64Array): void {
    const taps = this.#taps
    const row = new Float64Array(taps)
    let gain = 0
    for (let i = 0; i < taps; i++) {
      const distance = this.#folded
        ? phase + i * phases
        : Math.abs(phase + (this.#halfLength - 1 - i) * phases)
      const value = response[distance] ?? 0
      // A folded row takes each coefficient for two frames; the one at the centre is the same frame twice.
      row[i] = this.#folded && distance === 0 ? value / 2 : value
      gain += this.#folded && distance !== 0 ? 2 * value : value
    }
    for (let i = 0; i < taps; i++) this.#table[phase * taps + i] = (row[i] as number) / gain
  }
}
