import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { playerRig, tone, WIRE_RATE } from '../support/player-rig.ts'

describe('Player', () => {
  it('keeps every promise under random chunks, ends, flushes, rates and quanta', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), n: fc.nat(6000) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('next' as const), n: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('flush' as const), n: fc.constant(0) }) },
      { weight: 6, arbitrary: fc.record({ do: fc.constant('render' as const), n: fc.nat(12_000) }) },
    )
    const contextRate = fc.constantFrom(44_100, 48_000, 16_000)
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        contextRate,
        fc.integer({ min: 1, max: 700 }),
        (steps, rate, quantum) => {
          const { player, render, reports, rendered } = playerRig(rate)
          const written = new Map<string, number>()
          let epoch = 0
          let item = 0
          const id = (): string => `${epoch}.${item}`
          for (const { do: what, n } of steps) {
            if (what === 'write') {
              player.write(epoch, id(), tone(n, { from: written.get(id()) ?? 0 }))
              written.set(id(), (written.get(id()) ?? 0) + n)
            } else if (what === 'next') {
              player.end(epoch, id())
              item++
            } else if (what === 'flush') {
              player.flush(++epoch)
            } else render(n, quantum)
          }
          player.end(epoch, id())
          render(Math.ceil((rate * 60 * 6000) / WIRE_RATE), 1024)

          const ended = reports.filter(({ event }) => event === 'ended')
          for (const { itemId, frames } of ended) expect(frames).toBe(written.get(itemId) ?? 0)
          // Every item of the last epoch is heard to its end; of an earlier one at most what was written.
          for (const [itemId, frames] of written) {
            const last = itemId.startsWith(`${epoch}.`)
            const own = reports.filter((report) => report.itemId === itemId)
            if (last && frames > 0) expect(own.at(-1)?.event).toBe('ended')
            for (const report of own) expect(report.frames).toBeLessThanOrEqual(frames)
            for (let i = 1; i < own.length; i++) {
              expect(own[i]?.frames).toBeGreaterThanOrEqual(own[i - 1]?.frames ?? 0)
            }
          }
          // Nothing of an epoch is reported after it was flushed, and every flush is answered.
          const flushed = reports.filter(({ event }) => event === 'flushed')
          expect(epoch === 0 || flushed.at(-1)?.epoch === epoch).toBe(true)
          // No click, whatever happened: a 440 Hz tone of half amplitude is nowhere steeper than this,
          // but where an item itself ends in mid-swing.
          const slope = (2 * Math.PI * 440 * 0.5) / rate + 0.5 / (0.003 * rate)
          const output = rendered()
          for (const { at } of ended) output.fill(0, Math.max(0, at - 2 * quantum - 1024 - 400), at + 400)
          const edges = new Set(ended.flatMap(({ at }) => [Math.max(0, at - 2 * quantum - 1424), at + 400]))
          let most = 0
          for (let i = 1; i < output.length; i++) {
            if (!edges.has(i)) most = Math.max(most, Math.abs((output[i] ?? 0) - (output[i - 1] ?? 0)))
          }
          expect(most).toBeLessThan(slope * 1.1)
        },
      ),
      { numRuns: 60 },
    )
  })
})
