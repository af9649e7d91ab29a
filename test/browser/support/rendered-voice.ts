import { findIn } from '../../support/correlation.ts'
import { rms } from '../../unit/signal-analysis.ts'
import type { Recording } from './audio-tap.ts'
import type { Voice } from './voice.ts'

/** A stretch of a recording without any sample of silence; `from` and `to` count from its first sample. */
export interface Run {
  readonly from: number
  readonly to: number
}

/** Where a run was taken from in the voice that was sent. */
export interface Placement extends Run {
  /** What the run's first sample is in the voice, frames at the recording's rate. */
  readonly position: number
  /** The longest stretch that is not that part of the voice to 60 dB, ms; the run's two ends do not count. */
  readonly inexactMs: number
  /** Largest change of gain from one sample to the next; a click is a jump. Its end does not count. */
  readonly gainStep: number
}

/** A fade, or what the resampler rings at an item's end, is shorter than this. */
const EDGE_SECONDS = 0.01
const PATTERN_SECONDS = 0.05
const WINDOW_SECONDS = 0.0025

/** The stretches of sound. A voice with a bias has no zero in it, not even while it fades. */
export function voicedRuns({ samples }: Recording): Run[] {
  const runs: Run[] = []
  let from = -1
  for (let i = 0; i <= samples.length; i++) {
    const voiced = i < samples.length && samples[i] !== 0
    if (voiced && from < 0) from = i
    if (voiced || from < 0) continue
    runs.push({ from, to: i })
    from = -1
  }
  return runs
}

/** Frames of sound before an instant of the recording. */
export function voicedFrames(runs: readonly Run[], before: number): number {
  return runs.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, before) - from), 0)
}

/** Finds a run in the first `voiceMs` of a voice. */
export function place(
  { samples, sampleRate }: Recording,
  run: Run,
  voice: Voice,
  voiceMs: number,
): Placement {
  const whole = voice.samples(sampleRate, 0, Math.ceil((voiceMs * sampleRate) / 1000))
  const edge = Math.ceil(EDGE_SECONDS * sampleRate)
  const pattern = samples.slice(run.from + edge, run.to - edge).subarray(0, PATTERN_SECONDS * sampleRate)
  const position = findIn(unbiased(whole, voice), unbiased(pattern, voice)).lag - edge
  const rendered = samples.subarray(run.from, run.to - edge)
  const sent = voice.samples(sampleRate, position, rendered.length)
  const gains = rendered.map((sample, i) => sample / (sent[i] ?? 1))
  const error = rendered.map((sample, i) => sample - (sent[i] ?? 0))
  const tolerance = rms(unbiased(sent, voice)) / 1000
  const window = Math.round(WINDOW_SECONDS * sampleRate)
  let inexactMs = 0
  for (let i = edge, since = edge; i + window <= error.length; i += window) {
    if (rms(error, i, i + window) < tolerance) since = i + window
    inexactMs = Math.max(inexactMs, ((i + window - since) * 1000) / sampleRate)
  }
  return { ...run, position, inexactMs, gainStep: largestStep(gains) }
}

/** Largest difference between neighbouring samples of `[from, to)`. */
export function largestStep(samples: Float32Array, from = 0, to = samples.length): number {
  let largest = 0
  for (let i = from + 1; i < to; i++) {
    largest = Math.max(largest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)))
  }
  return largest
}

function unbiased(samples: Float32Array, { bias }: Voice): Float32Array {
  return samples.map((sample) => sample - bias)
}
