import type { RecorderFactory } from '../recorder.ts'
import { blockPage, sleep } from '../timing.ts'
import { joined, openedRecorder } from './opened-recorder.ts'
import type { Scenario } from './scenario.ts'

const RAMP_SECONDS = 8
const SLOPE_PER_MS = 1.8 / (RAMP_SECONDS * 1000)
const BUSY_MS = 200
const IDLE_MS = 30
const ROUNDS = 6

/** A ramp whose value tells the time, while the page is busy 200 of every 230 ms. */
export const lostSamples: Scenario<RecorderFactory> = async ({ adapter }, { wireRate = 24_000 }) => {
  const { microphone, chunks } = await openedRecorder(adapter, wireRate)
  microphone.play({ type: 'ramp', seconds: RAMP_SECONDS })
  const startedAt = performance.now()
  await sleep(300)
  const begin = performance.now() - startedAt
  chunks.length = 0
  for (let round = 0; round < ROUNDS; round++) {
    blockPage(BUSY_MS)
    await sleep(IDLE_MS)
  }
  const end = performance.now() - startedAt
  // What is late is not lost.
  await sleep(500)
  return { micLostPercent: lostPercent(joined(chunks), begin, end) }
}

/** How many of the milliseconds from `begin` to `end` never arrived. */
function lostPercent(samples: Float32Array, begin: number, end: number): number {
  const seen = new Set<number>()
  for (const sample of samples) seen.add(Math.round((sample + 0.9) / SLOPE_PER_MS))
  let lost = 0
  const [first, last] = [Math.ceil(begin), Math.floor(end)]
  for (let ms = first; ms < last; ms++) if (!seen.has(ms)) lost++
  return (100 * lost) / (last - first)
}
