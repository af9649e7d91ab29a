import { Recorder } from '../../../src/shared/recorder.ts'
import type { Recording } from './audio-tap.ts'
import type { MicrophoneRig } from './microphone-rig.ts'

/** What a microphone should have given for what its device gave. */
export type Capture = (device: Float32Array, sampleRate: number) => Int16Array

/** How far what was given to the model is what the device gave. */
export interface Agreement {
  /** Samples that the device gave and that should have come. */
  readonly expected: number
  /** Those of them that are not there, or not in their place. */
  readonly wrong: number
}

/** The tap and the product's node are connected at once, but not in the same quantum. */
const MOST_QUANTA_APART = 32

/** What comes of a recorder of its own, at once and without a port. */
export function resampledTo(wireRate: number): Capture {
  return (device, sampleRate) => {
    const frames: Int16Array[] = []
    const recorder = new Recorder({
      deviceRate: sampleRate,
      wireRate,
      frameMs: 20,
      muted: false,
      onFrame: ({ samples }) => frames.push(samples.slice()),
    })
    for (let at = 0; at < device.length; at += 128) recorder.write([device.subarray(at, at + 128)], 0)
    return concatenated(frames)
  }
}

/** Samples as they are: a wire at the device's rate. */
export const unchanged: Capture = (device) =>
  Int16Array.from(device, (sample) =>
    Number.isFinite(sample) ? Math.max(-32_768, Math.min(32_767, Math.round(32_768 * sample))) : 0,
  )

/** Compares what was given with what passed the tap. Wait for the frames that are under way first. */
export function agreement(
  { frames }: MicrophoneRig,
  { samples, sampleRate, quantum }: Recording,
  capture: Capture,
): Agreement {
  const given = concatenated(frames)
  let best: Agreement = { expected: 0, wrong: Infinity }
  for (let apart = 0; apart < MOST_QUANTA_APART && best.wrong > 0; apart++) {
    const wanted = capture(samples.subarray(apart * quantum), sampleRate)
    const wrong = wanted.reduce((count, sample, i) => count + (sample === given[i] ? 0 : 1), 0)
    if (wrong < best.wrong) best = { expected: wanted.length, wrong }
  }
  return best
}

function concatenated(frames: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(frames.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const frame of frames) {
    all.set(frame, at)
    at += frame.length
  }
  return all
}
