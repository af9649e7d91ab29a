const FIRST_MS = 250
const LONGEST_MS = 8000
const TRIES = 8

/**
 * How long to wait before trying again, ms: at once after the first failure, then 0.5 s, doubling up to
 * 8 s, of which up to a half is left to chance, so that clients that were cut off together do not come
 * back together. `undefined` when enough was tried, after about half a minute.
 * @param failures In a row, from 1.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number | undefined {
  if (failures > TRIES) return undefined
  if (failures === 1) return 0
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1)) * (1 - random() / 2)
}
