import type { Recording } from './audio-tap.ts'

const WINDOW_MS = 10
/** −50 dBFS: what a resampler, a fade and Opus leave beside a tone is below. */
const AUDIBLE = 0.003
/**
 * Of the energy of a window: two tones at once have half of it each. Where a jitter buffer that is starved
 * patches a tone, there is a bit of every frequency.
 */
const SHARE = 0.2

type Sound = Pick<Recording, 'samples' | 'sampleRate'>

/** A tone, PCM16 at 24 kHz. */
export function tone(hertz: number, ms: number): Int16Array {
  return Int16Array.from({ length: 24 * ms }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * hertz * i) / 24_000)),
  )
}

/** Where in a recording a tone is audible: one flag for each 10 ms. */
function whereIs(hertz: number, { samples, sampleRate }: Sound): boolean[] {
  const length = Math.round((sampleRate * WINDOW_MS) / 1000)
  return Array.from({ length: Math.floor(samples.length / length) }, (_, w) => {
    let real = 0
    let imaginary = 0
    let energy = 0
    for (let i = 0; i < length; i++) {
      const angle = (2 * Math.PI * hertz * i) / sampleRate
      // A Hann window keeps a louder tone elsewhere out.
      const sample = (samples[w * length + i] ?? 0) * (1 - Math.cos((2 * Math.PI * i) / length))
      real += sample * Math.cos(angle)
      imaginary += sample * Math.sin(angle)
      energy += (sample * sample) / length
    }
    const amplitude = (2 * Math.hypot(real, imaginary)) / length
    // A tone that is alone has this energy, by the window's shape.
    return amplitude > AUDIBLE && 0.75 * amplitude * amplitude > SHARE * energy
  })
}

/**
 * The stretches of time, in ms, in which a tone is audible. Gaps shorter than `gapMs` are none, and what is
 * shorter than two windows is the beginning or the end of another tone, which has every frequency.
 */
export function stretchesOf(
  hertz: number,
  recording: Sound,
  gapMs = 50,
): { readonly fromMs: number; readonly toMs: number }[] {
  const stretches: { fromMs: number; toMs: number }[] = []
  for (const [i, audible] of whereIs(hertz, recording).entries()) {
    if (!audible) continue
    const fromMs = i * WINDOW_MS
    const last = stretches.at(-1)
    if (last && fromMs - last.toMs <= gapMs) last.toMs = fromMs + WINDOW_MS
    else stretches.push({ fromMs, toMs: fromMs + WINDOW_MS })
  }
  return stretches.filter(({ fromMs, toMs }) => toMs - fromMs > 2 * WINDOW_MS)
}
