import type { Measurement } from './figure.ts'

/** The value that half of the samples do not reach. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** What at most one sample in twenty is worse than, by nearest rank: of fewer than twenty, the worst. */
function p95(samples: readonly number[], higherIsBetter: boolean): number {
  const fromBest = samples.toSorted((a, b) => (higherIsBetter ? b - a : a - b))
  return fromBest[Math.ceil(0.95 * fromBest.length) - 1] ?? Number.NaN
}

/** Samples in short: the worst of them, or their median beside the 95th percentile. */
export function measure(
  samples: readonly number[],
  { worst = false, higherIsBetter = false } = {},
): Measurement {
  if (samples.length === 0) return { value: Number.NaN }
  if (worst) return { value: higherIsBetter ? Math.min(...samples) : Math.max(...samples) }
  const value = median(samples)
  return samples.length > 1 ? { value, p95: p95(samples, higherIsBetter) } : { value }
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The same things in another order (Fisher–Yates). */
export function shuffled<T>(things: readonly T[], random: () => number): T[] {
  const order = [...things]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j] as T, order[i] as T]
  }
  return order
}
