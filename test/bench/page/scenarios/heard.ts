import type { Numbers } from '../../lab/cell.ts'
import type { Player, PlayerFactory } from '../player.ts'
import { loudMs } from '../rendered.ts'
import { chunksOf, levelPcm } from '../signal.ts'
import { sleep } from '../timing.ts'
import { openedPlayer, WIRE_RATE } from './opened-player.ts'
import type { Scenario } from './scenario.ts'

/** What an engine says was heard, at an interrupt, against what was rendered. */
function heardCase(play: (player: Player) => Promise<{ playedBeforeMs: number }>): Scenario<PlayerFactory> {
  return async ({ adapter }): Promise<Numbers> => {
    const { player, tap } = await openedPlayer(adapter)
    const { playedBeforeMs } = await play(player)
    const told = await player.flush()
    await sleep(400)
    const heard = loudMs(await tap.read()) - playedBeforeMs
    // To say nothing, because nothing plays, is no error.
    return told === undefined ? {} : { heardErrorMs: Math.abs(told - heard) }
  }
}

function write(player: Player, itemId: string, ms: number): void {
  const pcm = levelPcm(0.4, (ms * WIRE_RATE) / 1000)
  for (const chunk of chunksOf(pcm, WIRE_RATE, 100)) player.write(itemId, chunk)
}

/** One answer, interrupted. */
export const heardPlain: Scenario<PlayerFactory> = heardCase(async (player) => {
  write(player, 'a', 3000)
  await sleep(600 + 50 * Math.random())
  return { playedBeforeMs: 0 }
})

/** One answer with a pause of half a second in which nothing came. */
export const heardAfterPause: Scenario<PlayerFactory> = heardCase(async (player) => {
  write(player, 'a', 300)
  await sleep(800)
  write(player, 'a', 2000)
  await sleep(400 + 50 * Math.random())
  return { playedBeforeMs: 0 }
})

/** The third of three answers that follow each other without a gap. */
export const heardThird: Scenario<PlayerFactory> = heardCase(async (player) => {
  for (const [itemId, ms] of [
    ['a', 300],
    ['b', 300],
    ['c', 2000],
  ] as const) {
    write(player, itemId, ms)
    player.end?.(itemId)
  }
  await sleep(850 + 50 * Math.random())
  return { playedBeforeMs: 600 }
})

/** One answer whose audio has just run out. */
export const heardAtUnderrun: Scenario<PlayerFactory> = heardCase(async (player) => {
  write(player, 'a', 300)
  await sleep(320 + 60 * Math.random())
  return { playedBeforeMs: 0 }
})
