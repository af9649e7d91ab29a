import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { floatToPcm16, pcm16ToFloat, rmsOf } from '../../src/shared/pcm.ts'
import { decibels, fitSine, sine } from './signal-analysis.ts'

function toPcm16(...samples: number[]): number[] {
  const output = new Int16Array(samples.length)
  floatToPcm16(Float32Array.from(samples), 0, output, 0, samples.length)
  return [...output]
}

describe('floatToPcm16', () => {
  it('scales, rounds to the nearest and clips', () => {
    fc.assert(
      fc.property(fc.oneof(fc.float(), fc.float({ min: -2, max: 2 })), (sample) => {
        const expected = Number.isNaN(sample)
          ? 0
          : Math.min(32767, Math.max(-32768, Math.round(sample * 32768)))
        expect(toPcm16(sample)).toEqual([expected + 0])
      }),
      { numRuns: 5000 },
    )
  })

  it('clips full scale and beyond, and makes silence of what is not a number', () => {
    expect(toPcm16(-1, 1, 0.99999, -1.5, 1.5, -Infinity, Infinity, NaN)).toEqual([
      -32768, 32767, 32767, -32768, 32767, -32768, 32767, 0,
    ])
  })

  it('has no bias', () => {
    const frames = 48_000
    const output = new Int16Array(frames)
    floatToPcm16(sine(997, 48000, frames, { amplitude: 0.01, phase: 0.3 }), 0, output, 0, frames)
    const mean = output.reduce((sum, sample) => sum + sample, 0) / frames
    expect(Math.abs(mean)).toBeLessThan(0.01)
  })

  it('has the signal-to-noise ratio of 16 bits', () => {
    const frames = 48_000
    const pcm = new Int16Array(frames)
    const output = new Float32Array(frames)
    floatToPcm16(sine(997, 48000, frames), 0, pcm, 0, frames)
    pcm16ToFloat(pcm, 0, output, 0, frames)
    const { amplitude, residual } = fitSine(output, 997, 48000)
    expect(decibels(amplitude / Math.SQRT2 / residual)).toBeGreaterThan(91.5)
    expect(amplitude).toBeCloseTo(0.5, 6)
  })

  it('touches only the frames asked for', () => {
    const output = new Int16Array(5).fill(9)
    floatToPcm16(Float32Array.of(0, 0.25, 0.5, 0), 1, output, 2, 2)
    expect([...output]).toEqual([9, 9, 8192, 16384, 9])
  })
})

describe('pcm16ToFloat', () => {
  it('comes back unchanged, for every sample', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768)
    const floats = new Float32Array(all.length)
    const back = new Int16Array(all.length)
    pcm16ToFloat(all, 0, floats, 0, all.length)
    floatToPcm16(floats, 0, back, 0, all.length)
    expect(back.findIndex((sample, i) => sample !== all[i])).toBe(-1)
    expect([Math.min(...floats), Math.max(...floats)]).toEqual([-1, 32767 / 32768])
  })

  it('touches only the frames asked for', () => {
    const output = new Float32Array(4).fill(9)
    pcm16ToFloat(Int16Array.of(1, 16384, -32768), 1, output, 1, 2)
    expect([...output]).toEqual([9, 0.5, -1, 9])
  })
})

describe('rmsOf', () => {
  it('is the level of the frames asked for', () => {
    expect(rmsOf(Float32Array.of(1, 0.5, -0.5, 1), 1, 2)).toBe(0.5)
    expect(rmsOf(sine(1000, 48000, 48_000), 0, 48_000)).toBeCloseTo(0.5 / Math.SQRT2, 5)
  })

  it('is zero of nothing', () => {
    expect(rmsOf(new Float32Array(4), 0, 0)).toBe(0)
  })
})
