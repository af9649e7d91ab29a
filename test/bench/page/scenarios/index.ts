import { audioThread } from './audio-thread.ts'
import { captured } from './captured.ts'
import { codec } from './codec.ts'
import { firstSound } from './first-sound.ts'
import { flush } from './flush.ts'
import { frozenBargeIn, frozenHost, frozenPlayer, toolAnswer } from './freeze.ts'
import { burst, live, underrun } from './gaps.ts'
import { heardAfterPause, heardAtUnderrun, heardPlain, heardThird } from './heard.ts'
import { lostSamples } from './lost-samples.ts'
import { resample, resampleCost } from './resample.ts'
import type { Scenario } from './scenario.ts'
import { seams } from './seams.ts'
import { steadyCapture, steadyPlayback } from './steady.ts'

/** Everything that can be measured in a page, by the name that a cell calls it. */
export const scenarios: Readonly<Record<string, Scenario<never>>> = {
  audioThread,
  burst,
  captured,
  codec,
  firstSound,
  flush,
  frozenBargeIn,
  frozenHost,
  frozenPlayer,
  heardAfterPause,
  heardAtUnderrun,
  heardPlain,
  heardThird,
  live,
  lostSamples,
  resample,
  resampleCost,
  seams,
  steadyCapture,
  steadyPlayback,
  toolAnswer,
  underrun,
}
