import { caught } from '../audio-patches.ts'
import type { RecorderFactory } from '../recorder.ts'
import type { SyntheticMicrophone } from '../synthetic-microphone.ts'
import { sleep } from '../timing.ts'

/** What an engine gave to be sent, and when, ms of the wall clock. */
export interface Chunk {
  readonly samples: Int16Array
  readonly at: number
}

/** An open recorder on a synthetic microphone; `chunks` grows. */
export async function openedRecorder(
  adapter: RecorderFactory,
  wireRate: number,
): Promise<{ microphone: SyntheticMicrophone; chunks: Chunk[] }> {
  const microphone = await caught.microphone()
  // A sound from the start: who waits for one begins too.
  microphone.play({ type: 'tone', frequency: 997, amplitude: 0.5 })
  const chunks: Chunk[] = []
  await adapter().open(wireRate, (pcm) => chunks.push({ samples: pcm.slice(), at: Date.now() }))
  while (chunks.length === 0) await sleep(10)
  await sleep(250)
  return { microphone, chunks }
}

/** The samples of some chunks as −1 to 1. */
export function joined(chunks: readonly Chunk[]): Float32Array {
  const whole = new Float32Array(chunks.reduce((length, { samples }) => length + samples.length, 0))
  let at = 0
  for (const { samples } of chunks) {
    for (const sample of samples) whole[at++] = sample / 32_768
  }
  return whole
}
