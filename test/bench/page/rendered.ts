import type { Recording } from './tap.ts'

/** Below this a graph counts as silent: −54 dBFS. */
const SILENCE = 10 ** (-54 / 20)
/** A signal may pass through zero for as long as this. */
const CROSSING_MS = 1

/** Where the sound in a recording begins, and where it is over. */
export function soundIn({ samples }: Recording, from = 0): { begin: number; end: number } {
  let begin = -1
  let end = from
  for (let i = from; i < samples.length; i++) {
    if (Math.abs(samples[i] ?? 0) < SILENCE) continue
    if (begin < 0) begin = i
    end = i + 1
  }
  return { begin: Math.max(begin, from), end }
}

/** How much silence there is between the first and the last sound, ms. */
export function silenceInsideMs(recording: Recording): number {
  const { samples, sampleRate } = recording
  const { begin, end } = soundIn(recording)
  const shortest = (CROSSING_MS * sampleRate) / 1000
  let silent = 0
  let run = 0
  for (let i = begin; i < end; i++) {
    if (Math.abs(samples[i] ?? 0) < SILENCE) {
      run++
    } else {
      if (run >= shortest) silent += run
      run = 0
    }
  }
  return (silent * 1000) / sampleRate
}

/** How long a recording is louder than silence, ms. For a signal that does not cross zero. */
export function loudMs({ samples, sampleRate }: Recording): number {
  let loud = 0
  for (const sample of samples) if (Math.abs(sample) >= SILENCE) loud++
  return (loud * 1000) / sampleRate
}

/** The largest difference between neighbours in `samples[from, to)`. */
export function largestStep(samples: Float32Array, from: number, to: number): number {
  let largest = 0
  for (let i = Math.max(1, from); i < Math.min(to, samples.length); i++) {
    largest = Math.max(largest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)))
  }
  return largest
}
