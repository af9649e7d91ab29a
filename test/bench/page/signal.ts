/** What a synthetic microphone hears. */
export type Signal =
  | { readonly type: 'silence' }
  /** Hz, and 0 to 1. */
  | { readonly type: 'tone'; readonly frequency: number; readonly amplitude: number }
  /** From −0.9 to 0.9 in a straight line. */
  | { readonly type: 'ramp'; readonly seconds: number }
  | { readonly type: 'clicks'; readonly everyMs: number; readonly jitterMs: number }

/** PCM16 of a sine of amplitude 0.5; `offset` is the frame it goes on from. */
export function tonePcm(frequency: number, sampleRate: number, frames: number, offset = 0): Int16Array {
  const step = (2 * Math.PI * frequency) / sampleRate
  return Int16Array.from({ length: frames }, (_, n) => Math.round(16_384 * Math.sin(step * (offset + n))))
}

/** PCM16 that is the same all over, a level of −1 to 1. */
export function levelPcm(level: number, frames: number): Int16Array {
  return new Int16Array(frames).fill(Math.round(level * 32_768))
}

/** Cuts audio into chunks of some milliseconds. */
export function chunksOf(pcm: Int16Array, sampleRate: number, chunkMs: number): Int16Array[] {
  const frames = Math.round((sampleRate * chunkMs) / 1000)
  return Array.from({ length: Math.ceil(pcm.length / frames) }, (_, i) =>
    pcm.slice(i * frames, (i + 1) * frames),
  )
}
