import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Resampler } from '../../src/shared/resampler.ts'
import { fitSine, sine } from './signal-analysis.ts'

// Each kind of ratio: down and up by an integer, of two phases, of many, and one to one.
const RATES = [
  [48000, 16000],
  [24000, 48000],
  [16000, 48000],
  [48000, 32000],
  [44100, 16000],
  [16000, 44100],
  [24000, 22050],
  [8000, 96000],
  [24000, 24000],
] as const
const anyResampler = fc.constantFrom(...RATES).map(
  ([from, to]) =>
    () =>
      new Resampler(from, to),
)

/** The same noise at every call. */
function noise(frames: number): Float32Array {
  let state = 1
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  })
}

function resample(resampler: Resampler, input: Float32Array): Float32Array {
  const output = new Float32Array(resampler.outputFramesFor(input.length))
  expect(resampler.process(input, input.length, output)).toBe(output.length)
  return output
}

function bitsOf(samples: Float32Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
}

// Room for a machine that is busy with other things.
describe('a stream', { timeout: 30_000 }, () => {
  it('gives the same bits however it is cut into chunks', () => {
    const chunkSizes = fc.array(fc.oneof(fc.nat(200), fc.nat(2500)), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(anyResampler, chunkSizes, (make, sizes) => {
        const input = noise(sizes.reduce((sum, size) => sum + size, 0))
        const whole = resample(make(), input)
        const resampler = make()
        const pieces = new Float32Array(whole.length)
        let read = 0
        let written = 0
        for (const size of sizes) {
          const output = resample(resampler, input.subarray(read, read + size))
          pieces.set(output, written)
          read += size
          written += output.length
        }
        expect(written).toBe(whole.length)
        expect(bitsOf(pieces).equals(bitsOf(whole))).toBe(true)
      }),
    )
  })

  it('knows exactly how much input gives how much output, at every point', () => {
    const steps = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 3000 })), { maxLength: 10 })
    fc.assert(
      fc.property(anyResampler, steps, (make, steps) => {
        const resampler = make()
        const output = new Float32Array(500 * 12 + 1)
        for (const [inputFrames, outputFrames] of steps) {
          const needed = resampler.inputFramesFor(outputFrames)
          expect(resampler.outputFramesFor(needed)).toBeGreaterThanOrEqual(outputFrames)
          expect(resampler.outputFramesFor(needed - 1)).toBeLessThan(outputFrames)
          const promised = resampler.outputFramesFor(inputFrames)
          expect(resampler.process(noise(inputFrames), inputFrames, output)).toBe(promised)
        }
        expect(resampler.inputFramesFor(0)).toBe(0)
        expect(resampler.outputFramesFor(0)).toBe(0)
      }),
    )
  })

  it('gives exactly as many frames as asked for, for the input that it names, and loses none', () => {
    const quanta = fc.array(fc.oneof(fc.constant(128), fc.nat(2500)), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(anyResampler, quanta, (make, quanta) => {
        const resampler = make()
        const input = noise(resampler.inputFramesFor(quanta.reduce((sum, frames) => sum + frames, 0)))
        const whole = resample(make(), input)
        let read = 0
        let written = 0
        for (const frames of quanta) {
          const needed = resampler.inputFramesFor(frames)
          const output = new Float32Array(frames)
          expect(resampler.process(input.subarray(read), needed, output, frames)).toBe(frames)
          expect(bitsOf(output).equals(bitsOf(whole.subarray(written, written + frames)))).toBe(true)
          read += needed
          written += frames
        }
        expect(read).toBe(input.length)
      }),
    )
  })

  it('needs no input for what a limit left waiting', () => {
    const resampler = new Resampler(8000, 96000)
    const output = new Float32Array(100)
    resampler.process(noise(200), 200, output, 1)
    expect(resampler.inputFramesFor(100)).toBe(0)
    expect(resampler.process(noise(0), 0, output, 100)).toBe(100)
  })

  it('writes nothing beyond the frames it reports', () => {
    const resampler = new Resampler(48000, 16000)
    const output = new Float32Array(1000).fill(7)
    const written = resampler.process(noise(1000), 1000, output)
    expect(output.subarray(written).every((sample) => sample === 7)).toBe(true)
    expect(output.subarray(0, written).some((sample) => sample === 7)).toBe(false)
  })

  it('starts anew after a reset', () => {
    fc.assert(
      fc.property(anyResampler, fc.nat(3000), (make, before) => {
        const resampler = make()
        resample(resampler, noise(before))
        resampler.reset()
        const output = resample(resampler, noise(2000))
        expect(bitsOf(output).equals(bitsOf(resample(make(), noise(2000))))).toBe(true)
      }),
    )
  })
})

describe.each(RATES)('from %d Hz to %d Hz', (from, to) => {
  it('is aligned: output k is the input at k * ratio', () => {
    const resampler = new Resampler(from, to)
    const frequency = Math.min(from, to) * 0.11
    const output = resample(resampler, sine(frequency, from, 6000, { phase: 1 }))
    const settling = Math.ceil((resampler.delayFrames * to) / from)
    expect(fitSine(output, frequency, to, settling).phase).toBeCloseTo(1, 5)
  })

  it('puts an impulse where it was', () => {
    const resampler = new Resampler(from, to)
    const input = new Float32Array(4000)
    // A position where both rates have a frame.
    const seconds = 0.02
    input[from * seconds] = 1
    const output = resample(resampler, input)
    const centre = to * seconds
    expect(output.indexOf(Math.max(...output))).toBe(centre)
    for (let k = 1; k <= centre; k++) expect(output[centre + k]).toBeCloseTo(output[centre - k] ?? NaN, 7)
  })

  it('gives the first output after the look-ahead, and the last for as many zeros', () => {
    const resampler = new Resampler(from, to)
    expect(resampler.inputFramesFor(1)).toBe(resampler.delayFrames + 1)
    const outputs =
      resample(resampler, noise(1000)).length +
      resample(resampler, new Float32Array(resampler.delayFrames)).length
    expect(outputs).toBe(Math.ceil((1000 * to) / from))
  })

  it('keeps a constant', () => {
    const resampler = new Resampler(from, to)
    const output = resample(resampler, new Float32Array(6000).fill(0.3))
    const settled = output.subarray(Math.ceil((resampler.delayFrames * to) / from))
    expect(settled.every((sample) => Math.abs(sample - 0.3) < 1e-7)).toBe(true)
  })

  it.each([1e-40, NaN, Infinity, -1e9])('takes a sample of %d for silence', (sample) => {
    const output = resample(new Resampler(from, to), new Float32Array(3000).fill(sample))
    expect(output.every((sample) => sample === 0)).toBe(true)
  })
})

it('passes equal rates through, without delay', () => {
  const resampler = new Resampler(48000, 48000)
  const input = noise(2000)
  expect(resampler.delayFrames).toBe(0)
  expect(resample(resampler, input)).toEqual(input)
})

it('refuses rates whose filter would fill the memory', () => {
  expect(() => new Resampler(44101, 16000)).toThrow(/44101 Hz to 16000 Hz/)
  expect(() => new Resampler(2_000_000_000, 1)).toThrow(RangeError)
})
