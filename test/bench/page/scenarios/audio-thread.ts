import type { RecorderFactory } from '../recorder.ts'
import { armStopwatch, timeProcessor } from '../stopwatch.ts'
import { openedRecorder } from './opened-recorder.ts'
import type { Scenario } from './scenario.ts'

/** Quanta timed at a time: a worklet's clock has steps of a millisecond. */
const QUANTA = 400
const WARM_UP_BURSTS = 8
const BURSTS = 30

/** Time that an engine's capture takes of the audio thread. */
export const audioThread: Scenario<RecorderFactory> = async ({ adapter }, { wireRate = 24_000 }) => {
  armStopwatch()
  await openedRecorder(adapter, wireRate)
  await timeProcessor({ bursts: WARM_UP_BURSTS, quanta: QUANTA })
  return { audioThreadUs: await timeProcessor({ bursts: BURSTS, quanta: QUANTA }) }
}
