import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { synthesize } from '../../simulators/speech.ts'
import { writeWav } from '../../simulators/wav.ts'

const SAMPLE_RATE = 48_000

/** Something that the user says, and when. */
export interface Line {
  readonly atMs: number
  readonly text: string
}

/** Writes a recording of a user's voice, to be the browser's microphone. Resolves with its path. */
export async function writeMicrophoneWav(lines: readonly Line[], lengthMs: number): Promise<string> {
  const recording = new Int16Array((lengthMs * SAMPLE_RATE) / 1000)
  for (const { atMs, text } of lines) {
    const speech = await synthesize(text, { sampleRate: SAMPLE_RATE })
    recording.set(speech.subarray(0, recording.length), (atMs * SAMPLE_RATE) / 1000)
  }
  const path = join(await mkdtemp(join(tmpdir(), 'vivavoce-')), 'microphone.wav')
  await writeWav(path, recording, SAMPLE_RATE)
  return path
}
