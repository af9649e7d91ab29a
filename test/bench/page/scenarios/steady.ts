import type { PlayerFactory } from '../player.ts'
import type { RecorderFactory } from '../recorder.ts'
import { chunksOf, tonePcm } from '../signal.ts'
import { armStopwatch, timeProcessor } from '../stopwatch.ts'
import { openedRecorder } from './opened-recorder.ts'
import { WIRE_RATE } from './opened-player.ts'
import type { Scenario } from './scenario.ts'

/** So many calls that the browser has compiled what it will compile: some seconds of audio, in less time. */
const WARM_UP = { bursts: 40, quanta: 100 }
const QUEUED_SECONDS = 40

/** Captures, and goes on with it. */
export const steadyCapture: Scenario<RecorderFactory> = async ({ adapter }, { wireRate = 24_000 }) => {
  armStopwatch()
  await openedRecorder(adapter, wireRate)
  await timeProcessor(WARM_UP)
  return {}
}

/** Plays, and goes on with it for some seconds in which no more audio comes. */
export const steadyPlayback: Scenario<PlayerFactory> = async ({ adapter }) => {
  armStopwatch()
  const player = adapter()
  await player.open(WIRE_RATE)
  const pcm = tonePcm(440, WIRE_RATE, QUEUED_SECONDS * WIRE_RATE)
  for (const chunk of chunksOf(pcm, WIRE_RATE, 100)) player.write('a', chunk)
  await timeProcessor(WARM_UP)
  return {}
}
