/** What a {@link Voice} is made of. */
export interface VoiceOptions {
  /** Chooses the partials: another seed is another voice. */
  readonly seed?: number
  /** Constant that is added. Above the partials' peak, no sample of the voice is near 0. */
  readonly bias?: number
  /** Root mean square of the partials. */
  readonly level?: number
}

const PARTIALS = 24
const LOWEST_HZ = 150
const HIGHEST_HZ = 2500

/**
 * A sound that never repeats, made of sines of known frequencies: its value is known at every instant,
 * so what was rendered at any rate can be compared with it without a resampler.
 */
export class Voice {
  readonly bias: number
  readonly #partials: readonly { readonly radians: number; readonly phase: number }[]
  readonly #amplitude: number

  constructor({ seed = 1, bias = 0.4, level = 0.06 }: VoiceOptions = {}) {
    const random = generator(seed)
    this.bias = bias
    this.#amplitude = level * Math.sqrt(2 / PARTIALS)
    this.#partials = Array.from({ length: PARTIALS }, () => ({
      radians: 2 * Math.PI * (LOWEST_HZ + (HIGHEST_HZ - LOWEST_HZ) * random()),
      phase: 2 * Math.PI * random(),
    }))
  }

  /** Samples `from` to `from + frames - 1` at any rate; `from` may be a fraction. */
  samples(sampleRate: number, from: number, frames: number): Float32Array {
    const samples = new Float32Array(frames).fill(this.bias)
    for (const { radians, phase } of this.#partials) {
      const step = radians / sampleRate
      for (let i = 0; i < frames; i++) {
        samples[i] = (samples[i] ?? 0) + this.#amplitude * Math.sin(step * (from + i) + phase)
      }
    }
    return samples
  }

  /** The same as PCM16. */
  pcm(sampleRate: number, from: number, frames: number): Int16Array {
    return Int16Array.from(this.samples(sampleRate, from, frames), (sample) => Math.round(32_768 * sample))
  }
}

/** Numbers from 0 to 1 that look random and are the same for the same seed. */
function generator(seed: number): () => number {
  let state = Math.imul(seed, 0x9e37_79b9) >>> 0
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
