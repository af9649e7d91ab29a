import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stretchesOf } from '../e2e/support/tones.ts'

const RATE = 48_000

/** One tone after the other, each from a phase of its own. */
function tones(...parts: readonly (readonly [hertz: number, ms: number, phase?: number])[]): Float32Array {
  return Float32Array.from(
    parts.flatMap(([hertz, ms, phase = 0]) =>
      Array.from(
        { length: (RATE * ms) / 1000 },
        (_, i) => 0.25 * Math.sin((2 * Math.PI * hertz * i) / RATE + phase),
      ),
    ),
  )
}

describe('The stretches of a tone', () => {
  it('are where it is', () => {
    const recording = { samples: tones([0, 200], [500, 300], [1500, 200], [500, 100]), sampleRate: RATE }
    expect(stretchesOf(500, recording)).toEqual([
      { fromMs: 200, toMs: 500 },
      { fromMs: 700, toMs: 800 },
    ])
    expect(stretchesOf(1500, recording)).toEqual([{ fromMs: 500, toMs: 700 }])
    expect(stretchesOf(900, recording)).toEqual([])
  })

  it('are seen below another tone', () => {
    const under = tones([500, 300])
    const samples = tones([1500, 400]).map((sample, i) => sample + (under[i] ?? 0))
    expect(stretchesOf(500, { samples, sampleRate: RATE })).toEqual([{ fromMs: 0, toMs: 300 }])
  })

  it('are none in another tone, however it is patched', () => {
    const patches = fc.array(
      fc.tuple(
        fc.constant(1500),
        fc.integer({ min: 3, max: 40 }),
        fc.double({ min: 0, max: 6, noNaN: true }),
      ),
      {
        minLength: 10,
        maxLength: 60,
      },
    )
    fc.assert(
      fc.property(patches, (parts) => {
        const recording = { samples: tones(...parts), sampleRate: RATE }
        expect(stretchesOf(500, recording)).toEqual([])
        expect(stretchesOf(900, recording)).toEqual([])
      }),
    )
  })
})
