import { resample } from '../../resample.ts'

const SAMPLE_RATE = 24_000
/** Half the length of the filter, samples at 48 kHz. */
const REACH = 32

/** A chunk as a sink gives it. */
export interface SinkChunk {
  readonly samples: Int16Array
  /** Hz. */
  readonly sampleRate: number
  readonly channelCount?: number
}

/** Makes 24 kHz mono of what a sink gives: 48 kHz, or silence at another rate before the first packet. */
export class VoiceInput {
  #history = new Int16Array(2 * REACH)

  /** Takes a chunk of 10 ms; gives it as PCM16 at 24 kHz, 0.7 ms late. */
  convert({ samples, sampleRate, channelCount = 1 }: SinkChunk): Int16Array {
    const mono = channelCount === 1 ? samples : firstChannel(samples, channelCount)
    if (sampleRate !== 2 * SAMPLE_RATE) return resample(mono, sampleRate, SAMPLE_RATE)
    const input = new Int16Array(this.#history.length + mono.length)
    input.set(this.#history)
    input.set(mono, this.#history.length)
    this.#history = input.slice(mono.length)
    const output = new Int16Array(mono.length >> 1)
    for (let index = 0; index < output.length; index++) {
      let sum = 0
      for (const [tap, weight] of TAPS.entries()) sum += weight * (input[2 * index + tap] ?? 0)
      output[index] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
    }
    return output
  }
}

/** A windowed sinc that passes what 24 kHz can hold. */
const TAPS: Float64Array = lowPass()

function lowPass(): Float64Array {
  const taps = Float64Array.from({ length: 2 * REACH + 1 }, (_, tap) => {
    const angle = (Math.PI * (tap - REACH)) / 2
    const window = 0.5 + 0.5 * Math.cos((Math.PI * (tap - REACH)) / (REACH + 1))
    return window * (angle === 0 ? 1 : Math.sin(0.92 * angle) / (0.92 * angle))
  })
  const gain = taps.reduce((sum, weight) => sum + weight, 0)
  return taps.map((weight) => weight / gain)
}

function firstChannel(samples: Int16Array, channelCount: number): Int16Array {
  return Int16Array.from({ length: samples.length / channelCount }, (_, frame) =>
    Number(samples[frame * channelCount]),
  )
}
