import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../../src/shared/recorder.ts'

interface Taken {
  readonly samples: Int16Array
  readonly sequence: number
  readonly level: number
  readonly time: number
  readonly speech: boolean
}

function record(deviceRate: number, wireRate: number) {
  const frames: Taken[] = []
  const recorder = new Recorder({
    deviceRate,
    wireRate,
    frameMs: 20,
    muted: false,
    onFrame: ({ samples, header }) => {
      frames.push({
        samples: samples.slice(),
        sequence: header[0] ?? -1,
        level: header[1] ?? -1,
        time: header[2] ?? -1,
        speech: header[3] === 1,
      })
    },
  })
  return { recorder, frames }
}

function tone(frames: number, rate: number, amplitude = 0.5): Float32Array {
  return Float32Array.from({ length: frames }, (_, i) => amplitude * Math.sin((2 * Math.PI * 440 * i) / rate))
}

function feed(recorder: Recorder, input: Float32Array, rate: number, quantum = 128): void {
  for (let i = 0; i < input.length; i += quantum) recorder.write([input.subarray(i, i + quantum)], i / rate)
}

describe('Recorder', () => {
  it.each([
    [48_000, 24_000],
    [44_100, 24_000],
    [44_100, 16_000],
    [16_000, 24_000],
  ])('cuts %d Hz into 20 ms frames of %d Hz, numbered and timed', (deviceRate, wireRate) => {
    const { recorder, frames } = record(deviceRate, wireRate)
    feed(recorder, tone(deviceRate, deviceRate), deviceRate)
    expect(frames.length).toBeGreaterThanOrEqual(49)
    for (const [i, frame] of frames.entries()) {
      expect(frame.samples).toHaveLength(wireRate / 50)
      expect(frame.sequence).toBe(i)
      expect(frame.time).toBeCloseTo(i * 0.02, 6)
    }
    const whole = frames.flatMap(({ samples }) => [...samples])
    const ideal = tone(whole.length, wireRate)
    const error = whole.slice(400).map((sample, i) => sample / 32768 - (ideal[i + 400] ?? 0))
    expect(Math.max(...error.map(Math.abs))).toBeLessThan(2e-4)
  })

  it('gives the same bits however the microphone is cut into quanta', () => {
    const input = tone(9600, 44_100)
    const whole = record(44_100, 24_000)
    feed(whole.recorder, input, 44_100)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1 }), (quanta) => {
        const { recorder, frames } = record(44_100, 24_000)
        let at = 0
        for (let i = 0; at < input.length; i++) {
          const quantum = quanta[i % quanta.length] ?? 128
          recorder.write([input.subarray(at, at + quantum)], at / 44_100)
          at += quantum
        }
        expect(frames.map(({ samples }) => samples)).toEqual(whole.frames.map(({ samples }) => samples))
      }),
      { numRuns: 30 },
    )
  })

  it('goes on giving frames, of silence, while muted, and fades instead of clicking', () => {
    const { recorder, frames } = record(48_000, 24_000)
    feed(recorder, tone(9600, 48_000), 48_000)
    recorder.muted = true
    feed(recorder, tone(9600, 48_000), 48_000)
    expect(frames).toHaveLength(19)
    expect(frames[8]?.level).toBeGreaterThan(0.3)
    expect(frames.at(-1)?.level).toBe(0)
    expect(frames.at(-1)?.samples.every((sample) => sample === 0)).toBe(true)
    const whole = frames.flatMap(({ samples }) => [...samples])
    const steps = whole.slice(1).map((sample, i) => Math.abs(sample - (whole[i] ?? 0)))
    expect(Math.max(...steps) / 32768).toBeLessThan(0.065)
  })

  it('mixes channels in equal parts, and takes nothing from an input without any', () => {
    const { recorder, frames } = record(24_000, 24_000)
    recorder.write([], 0)
    recorder.write([new Float32Array(480).fill(0.5), new Float32Array(480).fill(-0.25)], 0)
    expect(frames).toHaveLength(1)
    expect([...new Set(frames[0]?.samples)]).toEqual([4096])
  })

  it('takes what is not a finite number for silence, and clips what is too loud', () => {
    const { recorder, frames } = record(24_000, 24_000)
    const input = new Float32Array(480).fill(2)
    input[3] = Number.NaN
    input[4] = Number.NEGATIVE_INFINITY
    recorder.write([input], 0)
    expect([...(frames[0]?.samples.subarray(2, 6) ?? [])]).toEqual([32767, 0, 0, 32767])
  })
})
