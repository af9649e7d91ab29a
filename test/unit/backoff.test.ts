import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../src/core/backoff.ts'

describe('backoffMs', () => {
  it('tries at once, then ever later, then no more', () => {
    const delays = Array.from({ length: 9 }, (_, i) => backoffMs(i + 1, () => 0))
    expect(delays).toEqual([0, 500, 1000, 2000, 4000, 8000, 8000, 8000, undefined])
  })

  it('leaves up to a half to chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, luck) => {
          const longest = backoffMs(failures, () => 0) ?? 0
          const delay = backoffMs(failures, () => luck) ?? 0
          expect(delay).toBeLessThanOrEqual(longest)
          expect(delay).toBeGreaterThanOrEqual(longest / 2)
        },
      ),
    )
  })
})
