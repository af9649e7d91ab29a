import type { PlayerFactory } from '../player.ts'
import { loudMs, silenceInsideMs } from '../rendered.ts'
import { chunksOf, levelPcm, tonePcm } from '../signal.ts'
import { blockPage, pace, sleep } from '../timing.ts'
import { openedPlayer, WIRE_RATE } from './opened-player.ts'
import type { Scenario } from './scenario.ts'

/** 3 s of a tone received, then the page is blocked for 600 ms. */
export const burst: Scenario<PlayerFactory> = async ({ adapter }) => {
  const { player, tap } = await openedPlayer(adapter)
  for (const chunk of chunksOf(tonePcm(440, WIRE_RATE, 3 * WIRE_RATE), WIRE_RATE, 100))
    player.write('a', chunk)
  await sleep(250)
  blockPage(600)
  await sleep(150)
  return { burstGapMs: silenceInsideMs(await tap.read()) }
}

/** A tone that comes in real time with a lead of 100 ms, while the page is blocked twice for 300 ms. */
export const live: Scenario<PlayerFactory> = async ({ adapter }) => {
  const CHUNK_MS = 20
  const { player, tap } = await openedPlayer(adapter)
  const chunks = chunksOf(tonePcm(440, WIRE_RATE, 2 * WIRE_RATE), WIRE_RATE, CHUNK_MS)
  const next = (): void => {
    const chunk = chunks.shift()
    if (chunk) player.write('a', chunk)
    else player.end?.('a')
  }
  for (let lead = 0; lead < 100; lead += CHUNK_MS) next()
  const stop = pace(CHUNK_MS, next)
  for (let block = 0; block < 2; block++) {
    await sleep(300)
    blockPage(300)
  }
  await sleep(300)
  stop()
  return { liveGapMainThreadMs: silenceInsideMs(await tap.read()) }
}

/** Chunks of 60 ms of a steady level, each of which plays out before the next one comes. */
export const underrun: Scenario<PlayerFactory> = async ({ adapter }) => {
  const CHUNK_MS = 60
  const CHUNKS = 7
  const { player, tap } = await openedPlayer(adapter)
  for (let i = 0; i < CHUNKS; i++) {
    player.write('a', levelPcm(0.4, (CHUNK_MS * WIRE_RATE) / 1000))
    await sleep(100)
  }
  player.end?.('a')
  await sleep(300)
  const played = loudMs(await tap.read())
  return { underrunLossPercent: Math.max(0, 100 * (1 - played / (CHUNKS * CHUNK_MS))) }
}
