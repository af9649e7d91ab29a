import { afterEach, describe, expect, it, vi } from 'vitest'
import { decibels, fitSine, sine } from '../../unit/signal-analysis.ts'
import { place, voicedRuns } from '../support/rendered-voice.ts'
import {
  block,
  openSpeaker,
  pause,
  useContextRate,
  WIRE_RATE,
  type SpeakerRig,
} from '../support/speaker-rig.ts'
import { Voice } from '../support/voice.ts'

const voice = new Voice()
let rig: SpeakerRig | undefined

afterEach(() => {
  rig?.speaker.close()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('what is played, as it is rendered', () => {
  it('loses no sample when chunks come late, and does not click', async () => {
    rig = await openSpeaker()
    const chunks = 24
    for (let i = 0; i < chunks; i++) {
      rig.write('a', voice, 60 * i, 60)
      await pause(90)
    }
    rig.output.end('a')
    await rig.drained()

    const recording = await rig.tap.read()
    const { sampleRate, quantum } = recording
    const runs = voicedRuns(recording).map((run) => place(recording, run, voice, 60 * chunks))
    expect(runs.length).toBeGreaterThan(1)
    let expected = 0
    for (const { from, to, position, inexactMs, gainStep } of runs) {
      // The last sample of a fade-out is silence.
      expect(Math.abs(position - expected)).toBeLessThanOrEqual(1)
      // A chunk may come in the middle of a fade-out, which then turns back.
      expect(inexactMs).toBeLessThan(12)
      expect(gainStep).toBeLessThan(0.02)
      expected = position + to - from
    }
    expect(expected).toBeGreaterThanOrEqual((60 * chunks * sampleRate) / 1000)
    expect(expected).toBeLessThan((60 * chunks * sampleRate) / 1000 + quantum)
  })

  it.each([44_100, 48_000, 96_000])('has no seams between odd chunks at %d Hz', async (contextRate) => {
    useContextRate(contextRate)
    rig = await openSpeaker()
    const tone = sine(997, WIRE_RATE, 1.6 * WIRE_RATE)
    const chunk = (37 * WIRE_RATE) / 1000
    const write = (from: number, to: number): void => {
      for (let at = from; at < to; at += chunk) {
        const part = tone.subarray(at, Math.min(at + chunk, to))
        rig?.output.write(
          'a',
          Int16Array.from(part, (sample) => Math.round(32_768 * sample)),
        )
      }
    }
    write(0, tone.length / 2)
    await rig.started('a')
    write(tone.length / 2, tone.length)
    rig.output.end('a')
    await rig.drained()
    const { samples, sampleRate } = await rig.tap.read()
    expect(sampleRate).toBe(contextRate)
    const from = samples.findIndex((sample) => sample !== 0)
    const part = samples.subarray(from + 0.05 * sampleRate, from + 1.55 * sampleRate)
    const { amplitude, residual } = fitSine(part, 997, sampleRate)
    expect(amplitude).toBeCloseTo(0.5, 3)
    expect(decibels(amplitude / Math.SQRT2 / residual)).toBeGreaterThan(80)
  })

  it('runs through while the page is busy, once it has arrived', async () => {
    rig = await openSpeaker()
    rig.write('a', voice, 0, 3000, 100)
    rig.output.end('a')
    const drained = rig.drained()
    await rig.started('a')
    block(600)
    await rig.rendered(300)
    block(600)
    await drained
    const recording = await rig.tap.read()
    const [run, ...more] = voicedRuns(recording)
    if (!run) throw new Error('nothing sounded')
    expect(more).toEqual([])
    expect(place(recording, run, voice, 3000)).toMatchObject({ position: 0, inexactMs: 0 })
    expect(run.to - run.from).toBeGreaterThanOrEqual(3 * recording.sampleRate)
  })
})
