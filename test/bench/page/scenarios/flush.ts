import type { PlayerFactory } from '../player.ts'
import { largestStep, soundIn } from '../rendered.ts'
import { chunksOf, tonePcm } from '../signal.ts'
import type { Recording, Tap } from '../tap.ts'
import { sleep } from '../timing.ts'
import { openedPlayer, WIRE_RATE } from './opened-player.ts'
import type { Scenario } from './scenario.ts'

const QUANTUM = 128
/** No multiple of anything here: a cut finds it in any phase. */
const FREQUENCY = 437
const SILENT_MS = 300
const MOST_MS = 1500

/** 4 s of a tone queued at once, interrupted at 0.9 s. */
export const flush: Scenario<PlayerFactory> = async ({ adapter }) => {
  const { player, tap } = await openedPlayer(adapter)
  for (const chunk of chunksOf(tonePcm(FREQUENCY, WIRE_RATE, 4 * WIRE_RATE), WIRE_RATE, 100))
    player.write('a', chunk)
  await sleep(900)
  const flushTime = tap.context.currentTime
  void player.flush()
  const recording = await silenced(tap)
  const { samples, sampleRate, first } = recording
  const flushed = Math.round(flushTime * sampleRate) - first
  const { begin } = soundIn(recording)
  const { end } = soundIn(recording, flushed)
  const natural = largestStep(samples, begin + sampleRate / 10, flushed - QUANTUM)
  return {
    flushTailMs: ((end - flushed) * 1000) / sampleRate,
    flushStepRatio: largestStep(samples, flushed - QUANTUM, end + QUANTUM) / natural,
    renderBatchMs: tap.context.baseLatency * 1000,
  }
}

/** What was recorded until it has been silent for a while, or for long enough. */
async function silenced(tap: Tap): Promise<Recording> {
  for (let waited = 0; ; waited += SILENT_MS) {
    await sleep(SILENT_MS)
    const recording = await tap.read()
    const { samples, sampleRate } = recording
    const recent = Math.round(samples.length - (sampleRate * SILENT_MS) / 2000)
    if (waited > MOST_MS || soundIn(recording, recent).end === recent) return recording
  }
}
