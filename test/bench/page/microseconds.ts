const TRIAL_MS = 8
const TRIALS = 12

/** How long a piece of work takes once it is compiled, µs: the trial that was disturbed least. */
export function microseconds(work: () => unknown): number {
  let calls = 1
  let kept: unknown
  const trial = (): number => {
    const startedAt = performance.now()
    for (let i = 0; i < calls; i++) kept = work()
    return performance.now() - startedAt
  }
  while (trial() < TRIAL_MS) calls *= 2
  const trials = Array.from({ length: TRIALS }, () => (trial() * 1000) / calls)
  // Work whose result nobody sees might be left out.
  if (kept === null) throw new Error('it gave nothing')
  return Math.min(...trials)
}
