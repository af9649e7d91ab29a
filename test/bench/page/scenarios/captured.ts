import { decibels, fitSine, rms } from '../../../unit/signal-analysis.ts'
import type { Numbers } from '../../lab/cell.ts'
import { median } from '../../statistics.ts'
import { caught } from '../audio-patches.ts'
import { foundFrequency } from '../frequency.ts'
import type { RecorderFactory } from '../recorder.ts'
import type { SyntheticMicrophone } from '../synthetic-microphone.ts'
import { sleep } from '../timing.ts'
import { joined, openedRecorder, type Chunk } from './opened-recorder.ts'
import type { Scenario } from './scenario.ts'

const FREQUENCY = 997
/** Longer than any engine holds audio back. */
const SETTLING_MS = 350
const TONE_MS = 1000
const CLICKS_MS = 1700
const CLICK_EVERY_MS = 250
const CLICK_JITTER_MS = 40
/** A click has an amplitude of 0.8, of which a resampler leaves most. */
const CLICK_THRESHOLD = 0.3 * 32_768

/** What comes to the wire of a tone, of one that the wire cannot carry, and, at an engine's usual rate, when. */
export const captured: Scenario<RecorderFactory> = async ({ adapter }, settings) => {
  const { wireRate = 24_000, usual = 0 } = settings
  const { microphone, chunks } = await openedRecorder(adapter, wireRate)
  caught.messages = 0
  const startedAt = performance.now()
  const tone = await record(chunks, TONE_MS)
  const micMessagesPerSecond = (caught.messages * 1000) / (performance.now() - startedAt)
  microphone.play({ type: 'tone', frequency: wireRate === 16_000 ? 10_500 : 15_000, amplitude: 0.5 })
  await sleep(SETTLING_MS)
  const alias = await record(chunks, TONE_MS / 2)
  return {
    ...(usual ? { mouthToWireMs: await clickDelay(microphone, chunks) } : {}),
    ...qualityOf(tone, wireRate),
    micMessagesPerSecond,
    // PCM16 has no less.
    captureAliasDbfs: Math.max(-100, decibels(rms(joined(alias)) * Math.SQRT2)),
  }
}

/** The chunks of a while. */
async function record(chunks: Chunk[], ms: number): Promise<Chunk[]> {
  chunks.length = 0
  await sleep(ms)
  return chunks.slice()
}

function qualityOf(chunks: readonly Chunk[], wireRate: number): Numbers {
  const samples = joined(chunks)
  // Some resamplers change the pitch.
  const frequency = foundFrequency(samples, FREQUENCY, wireRate)
  const fit = fitSine(samples, frequency, wireRate)
  return {
    chunkMs: median(chunks.map((chunk) => (chunk.samples.length * 1000) / wireRate)),
    captureSnrDb: decibels(fit.amplitude / Math.SQRT2 / fit.residual),
    pitchErrorPercent: rounded(Math.abs(100 * (frequency / FREQUENCY - 1))),
  }
}

/** What is less is a matter of arithmetic. */
function rounded(percent: number): number {
  return Math.round(percent * 1000) / 1000
}

/** From a click in the microphone's stream to the chunk that holds it, as the engine gives it to be sent. */
async function clickDelay(microphone: SyntheticMicrophone, chunks: Chunk[]): Promise<number> {
  microphone.play({ type: 'silence' })
  await sleep(SETTLING_MS)
  microphone.play({ type: 'clicks', everyMs: CLICK_EVERY_MS, jitterMs: CLICK_JITTER_MS })
  const arrivals = clicksIn(await record(chunks, CLICKS_MS))
  const delays = microphone.clicks.flatMap((clickedAt) => {
    const arrivedAt = arrivals.find((at) => at >= clickedAt)
    return arrivedAt === undefined || arrivedAt - clickedAt > CLICK_EVERY_MS ? [] : [arrivedAt - clickedAt]
  })
  if (delays.length === 0) throw new Error('no click arrived')
  return median(delays)
}

/** When each click arrived. One that is cut by a chunk's end has come with the first of the two. */
function clicksIn(chunks: readonly Chunk[]): number[] {
  const arrivals: number[] = []
  let loudBefore = false
  for (const { samples, at } of chunks) {
    const loud = samples.some((sample) => Math.abs(sample) > CLICK_THRESHOLD)
    if (loud && !loudBefore) arrivals.push(at)
    loudBefore = loud
  }
  return arrivals
}
