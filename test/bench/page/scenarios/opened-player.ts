import { caught } from '../audio-patches.ts'
import type { Player, PlayerFactory } from '../player.ts'
import type { Tap } from '../tap.ts'
import { sleep } from '../timing.ts'

/** Rate of what every player is given, Hz. */
export const WIRE_RATE = 24_000

/** An open player and the tap on its context, both running. */
export async function openedPlayer(adapter: PlayerFactory): Promise<{ player: Player; tap: Tap }> {
  const player = adapter()
  await player.open(WIRE_RATE)
  const [tap] = caught.taps
  if (!tap) throw new Error('the player made no AudioContext')
  await tap.ready
  while (tap.context.currentTime === 0) await sleep(10)
  // Not always at the same place of a render batch.
  await sleep(100 + 20 * Math.random())
  return { player, tap }
}
