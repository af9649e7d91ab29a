import type { PlayerFactory } from '../player.ts'
import { chunksOf, tonePcm } from '../signal.ts'
import type { Recording, Tap } from '../tap.ts'
import { pace, sleep } from '../timing.ts'
import { openedPlayer, WIRE_RATE } from './opened-player.ts'
import type { Scenario } from './scenario.ts'

const POLL_MS = 150
const MOST_MS = 2000

/** The first of audio that comes in real time, in chunks of `chunkMs`. */
export const firstSound: Scenario<PlayerFactory> = async ({ adapter }, { chunkMs = 20 }) => {
  const { player, tap } = await openedPlayer(adapter)
  const chunks = chunksOf(tonePcm(440, WIRE_RATE, WIRE_RATE), WIRE_RATE, chunkMs)
  let receivedAt = 0
  const stop = pace(chunkMs, () => {
    receivedAt ||= Date.now()
    const chunk = chunks.shift()
    if (chunk) player.write('a', chunk)
  })
  const recording = await sounding(tap)
  stop()
  const delayMs = heardAt(recording, tap.context) - receivedAt
  return chunkMs > 20 ? { firstChunkToEarMs: delayMs } : { firstByteToEarMs: delayMs }
}

/** A recording with a sound in it. */
async function sounding(tap: Tap): Promise<Recording> {
  for (let waited = 0; waited < MOST_MS; waited += POLL_MS) {
    await sleep(POLL_MS)
    const recording = await tap.read()
    if (recording.sound.frame >= 0) return recording
  }
  throw new Error('nothing was played')
}

/** When the first sound reaches the ear, ms of the wall clock, as far as the browser knows. */
function heardAt({ sampleRate, sound }: Recording, context: AudioContext): number {
  const renderedAt = sound.batchMs + ((sound.frame - sound.batchFrame) * 1000) / sampleRate
  return renderedAt + (context.baseLatency + context.outputLatency) * 1000
}
