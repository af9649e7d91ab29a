import { decibels, fitSine } from '../../../unit/signal-analysis.ts'
import type { PlayerFactory } from '../player.ts'
import { soundIn } from '../rendered.ts'
import { chunksOf, tonePcm } from '../signal.ts'
import { sleep } from '../timing.ts'
import { openedPlayer, WIRE_RATE } from './opened-player.ts'
import type { Scenario } from './scenario.ts'

const FREQUENCY = 997

/** A pure tone in chunks of an odd 37 ms: what is heard beside it comes from their seams, or from resampling. */
export const seams: Scenario<PlayerFactory> = async ({ adapter }) => {
  const { player, tap } = await openedPlayer(adapter)
  for (const chunk of chunksOf(tonePcm(FREQUENCY, WIRE_RATE, 0.8 * WIRE_RATE), WIRE_RATE, 37))
    player.write('a', chunk)
  player.end?.('a')
  await sleep(850)
  const recording = await tap.read()
  const { samples, sampleRate } = recording
  const { begin } = soundIn(recording)
  const from = begin + Math.round(0.1 * sampleRate)
  const fit = fitSine(samples, FREQUENCY, sampleRate, from, from + Math.round(0.6 * sampleRate))
  return { seamSnrDb: decibels(fit.amplitude / Math.SQRT2 / fit.residual) }
}
