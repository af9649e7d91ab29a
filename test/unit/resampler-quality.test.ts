import { describe, expect, it } from 'vitest'
import { Resampler } from '../../src/shared/resampler.ts'
import { decibels, fitSine, rms, sine } from './signal-analysis.ts'

const DEVICE_RATES = [96000, 88200, 48000, 44100, 32000, 22050, 16000, 8000]
const WIRE_RATES = [24000, 16000, 8000]
const PAIRS = DEVICE_RATES.flatMap((device) =>
  WIRE_RATES.flatMap((wire) => [
    { from: device, to: wire },
    { from: wire, to: device },
  ]),
).filter(({ from, to }) => from !== to)
const AMPLITUDE = 0.5
// At the lower rate, so that every pair gives as many periods of a tone.
const FRAMES = 1500

/** Feeds a tone, its frequency a fraction of the lower rate's Nyquist, and measures the steady state. */
function measure(from: number, to: number, fraction: number) {
  const lower = Math.min(from, to)
  const frequency = (fraction * lower) / 2
  const resampler = new Resampler(from, to)
  const settling = Math.ceil((2 * resampler.delayFrames * to) / from)
  const frames = Math.ceil((FRAMES * from) / lower) + 3 * resampler.delayFrames
  // A cosine: at the Nyquist frequency a sine would be sampled at its zeros.
  const input = sine(frequency, from, frames, { amplitude: AMPLITUDE, phase: Math.PI / 2 })
  const output = new Float32Array(resampler.outputFramesFor(frames))
  resampler.process(input, frames, output)
  return { output, frequency, settling }
}

/** Worst of the fractions, dB, of what comes out that did not go in, against the tone that went in. */
function worstSpuriousDb(from: number, to: number, fractions: number[]): number {
  const levels = fractions.map((fraction) => {
    const { output, frequency, settling } = measure(from, to, fraction)
    const spurious = fraction < 1 ? fitSine(output, frequency, to, settling).residual : rms(output, settling)
    return decibels((spurious * Math.SQRT2) / AMPLITUDE)
  })
  return Math.max(...levels)
}

/** Tones whose images, or which themselves, lie at or above `first`, where the filter must have closed. */
function stopTones(from: number, to: number, first: number): number[] {
  const imaged = [0.3, 0.5, 0.7, 0.8, 0.9, 0.93, 0.96, 0.98, 0.995].filter((tone) => tone <= 2 - first)
  const highest = (0.999 * from) / Math.min(from, to)
  if (highest < first) return imaged
  const near = [0, 0.004, 0.01, 0.02, 0.04, 0.07, 0.1, 0.2].map((offset) => first + offset)
  const far = [0.3, 0.5, 0.7, 0.9].map((part) => first + part * (highest - first))
  return [...imaged, ...near, ...far].filter((tone) => tone <= highest)
}

describe.each(PAIRS)('from $from Hz to $to Hz', ({ from, to }) => {
  it('passes up to 0.90 of the lower Nyquist frequency within 0.01 dB', () => {
    for (const fraction of [0.02, 0.2, 0.4, 0.6, 0.75, 0.85, 0.88, 0.9]) {
      const { output, frequency, settling } = measure(from, to, fraction)
      const gain = fitSine(output, frequency, to, settling).amplitude / AMPLITUDE
      expect(Math.abs(decibels(gain))).toBeLessThan(0.01)
    }
  })

  it('rejects aliases and images from the lower Nyquist frequency on by 102 dB', () => {
    expect(worstSpuriousDb(from, to, stopTones(from, to, 1))).toBeLessThan(-102)
  })

  it('adds less than −110 dB of distortion and noise', () => {
    expect(worstSpuriousDb(from, to, [0.05, 0.3, 0.55, 0.7, 0.85])).toBeLessThan(-110)
  })
})

it('waits no more than 4.1 ms at a 16 kHz wire', () => {
  for (const device of [96000, 88200, 48000, 44100, 32000, 22050]) {
    for (const [from, to] of [
      [device, 16000],
      [16000, device],
    ] as const) {
      expect((new Resampler(from, to).delayFrames / from) * 1000).toBeLessThanOrEqual(4.1)
    }
  }
})
