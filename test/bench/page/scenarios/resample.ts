import { decibels, fitSine, rms, sine, type SineFit } from '../../../unit/signal-analysis.ts'
import type { Numbers } from '../../lab/cell.ts'
import { microseconds } from '../microseconds.ts'
import type { Resample, ResamplerAdapter } from '../resampler.ts'
import type { Scenario } from './scenario.ts'

const AMPLITUDE = 0.5
const TONE_SECONDS = 0.12
/** What comes out of a tone before that may still hold the one before it. */
const SETTLING_SECONDS = 0.06
const END_SECONDS = 0.01
const WIRE_RATES = [24_000, 16_000, 8_000]

/** Tones as fractions of the lower rate's Nyquist frequency. The first is heard whatever the resampler. */
const PASSBAND = [0.02, 0.2, 0.4, 0.6, 0.75, 0.85, 0.88, 0.9]
const DISTORTION = [0.05, 0.3, 0.55, 0.7, 0.85]
/** Their images, when the rate is raised, lie above the Nyquist frequency. */
const IMAGED = [0.5, 0.8, 0.9, 0.96, 0.98, 0.995]
const STOPBAND = [1, 1.004, 1.01, 1.02, 1.04, 1.07, 1.1, 1.2]
const FAR = [0.3, 0.5, 0.7, 0.9]

interface Pair {
  readonly from: number
  readonly to: number
}

/** A tone that went in, and what came out of it. */
interface Resampled {
  readonly fit: SineFit
  /** What came out that did not go in, against what went in. */
  readonly spuriousDb: number
}

/**
 * Rejection, flatness and distortion of a resampler, by single tones. From `deviceRate` to `wireRate`, or
 * if there is none, the worst of all of them; with `up`, the other way.
 */
export const resample: Scenario<ResamplerAdapter> = async ({ adapter }, settings) => {
  const { deviceRate = 48_000, wireRate, up } = settings
  const measured: Numbers[] = []
  for (const rate of wireRate === undefined ? WIRE_RATES : [wireRate]) {
    const pair = up ? { from: rate, to: deviceRate } : { from: deviceRate, to: rate }
    measured.push(await measurePair(adapter.resample, pair, settings))
  }
  const all = (name: string): number[] => measured.map((numbers) => numbers[name] ?? Number.NaN)
  return {
    aliasDb: Math.min(...all('aliasDb')),
    passbandDb: Math.max(...all('passbandDb')),
    thdnDb: Math.max(...all('thdnDb')),
  }
}

/** Time that a resampler takes for 128 frames of its input. */
export const resampleCost: Scenario<ResamplerAdapter> = async ({ adapter }, settings) => {
  const { deviceRate = 48_000, wireRate = 16_000 } = settings
  const process = await adapter.open?.(deviceRate, wireRate, settings)
  const block = sine(997, deviceRate, 128)
  return process ? { resampleUs: microseconds(() => process(block)) } : {}
}

async function measurePair(resampleTones: Resample, { from, to }: Pair, settings: Numbers): Promise<Numbers> {
  const nyquist = Math.min(from, to) / 2
  const frames = Math.round(TONE_SECONDS * from)
  const groups = [PASSBAND, DISTORTION, [...IMAGED, ...stopband(from / 2 / nyquist)]]
  // A cosine: at the Nyquist frequency a sine would be sampled at its zeros.
  const tones = groups
    .flat()
    .map((fraction) => sine(fraction * nyquist, from, frames, { amplitude: AMPLITUDE, phase: Math.PI / 2 }))
  const outputs = await resampleTones(tones, from, to, settings)
  const resampled = groups.flat().map((fraction, i) => analyse(outputs[i], fraction, nyquist, to))
  const passband = resampled.slice(0, PASSBAND.length)
  const distortion = resampled.slice(PASSBAND.length, PASSBAND.length + DISTORTION.length)
  const rejection = resampled.slice(PASSBAND.length + DISTORTION.length)
  return {
    aliasDb: -Math.max(...rejection.map(({ spuriousDb }) => spuriousDb)),
    passbandDb: Math.max(...passband.map(({ fit }) => Math.abs(decibels(fit.amplitude / AMPLITUDE)))),
    thdnDb: Math.max(...distortion.map(({ spuriousDb }) => spuriousDb)),
  }
}

function analyse(
  output: Float32Array | undefined,
  fraction: number,
  nyquist: number,
  rate: number,
): Resampled {
  if (!output) throw new Error('a tone is missing')
  const begin = Math.round(SETTLING_SECONDS * rate)
  const end = output.length - Math.round(END_SECONDS * rate)
  const fit = fitSine(output, fraction * nyquist, rate, begin, end)
  const spurious = fraction < 1 ? fit.residual : rms(output, begin, end)
  return { fit, spuriousDb: decibels((spurious * Math.SQRT2) / AMPLITUDE) }
}

/** Tones that must not come through, if the input can hold any. */
function stopband(highest: number): number[] {
  if (highest <= 1) return []
  const far = FAR.map((part) => 1 + part * (highest - 1))
  return [...STOPBAND, ...far].filter((fraction) => fraction < 0.999 * highest)
}
