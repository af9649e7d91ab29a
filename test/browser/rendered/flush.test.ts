import { afterEach, describe, expect, it, vi } from 'vitest'
import type { PlaybackInput } from '../../../src/shared/messages.ts'
import { largestStep, place, voicedRuns } from '../support/rendered-voice.ts'
import { openSpeaker, WIRE_RATE, type SpeakerRig } from '../support/speaker-rig.ts'
import { Voice } from '../support/voice.ts'

const MINUS_54_DBFS = 10 ** (-54 / 20)
const voice = new Voice()
const other = new Voice({ seed: 2 })
let rig: SpeakerRig | undefined

/** Sends audio past the engine's own guard, as if it had been under way for long. */
function sendLate({ port }: SpeakerRig, epoch: number, itemId: string): void {
  const pcm = voice.pcm(WIRE_RATE, 0, WIRE_RATE).buffer as ArrayBuffer
  port.postMessage({ type: 'audio', epoch, itemId, pcm } satisfies PlaybackInput)
}

afterEach(() => {
  rig?.speaker.close()
  vi.restoreAllMocks()
})

describe('a flush, as it is rendered', () => {
  it('is silent within 5 ms, without a click, and lets nothing of before through, however late', async () => {
    rig = await openSpeaker()
    rig.write('a', voice, 0, 4000, 100)
    await rig.when(({ heardMs }) => heardMs >= 900)
    const flushed = rig.output.flush()
    rig.write('a', voice, 4000, 1000)
    sendLate(rig, 0, 'a')
    await flushed
    sendLate(rig, 0, 'a')
    sendLate(rig, 0, 'unknown')
    rig.write('a', voice, 4000, 1000)
    await rig.rendered(500)
    rig.write('b', other, 0, 500)
    rig.output.end('b')
    await rig.drained()

    const recording = await rig.tap.read()
    const { samples, sampleRate, messages } = recording
    const { at = 0 } = messages.find(({ type }) => type === 'flush') ?? {}
    const [cut, next, ...more] = voicedRuns(recording)
    if (!cut || !next) throw new Error('two items should have sounded')
    expect(more).toEqual([])

    expect(cut.to).toBeGreaterThan(at)
    const silent = samples.findLastIndex((sample, i) => i < cut.to && Math.abs(sample) >= MINUS_54_DBFS) + 1
    expect(silent - at).toBeLessThanOrEqual(0.005 * sampleRate)
    expect(cut.to - at).toBeLessThanOrEqual(0.005 * sampleRate)
    const steepest = largestStep(voice.samples(sampleRate, 0, 2 * sampleRate))
    expect(largestStep(samples, at - 0.01 * sampleRate, next.from) / steepest).toBeLessThanOrEqual(1.5)

    expect(place(recording, next, other, 500)).toMatchObject({ position: 0, inexactMs: 0 })
  })

  it('takes as little at any moment, one after another', async () => {
    rig = await openSpeaker()
    const rounds = 10
    for (let round = 0; round < rounds; round++) {
      rig.write(`item ${round}`, voice, 0, 1000, 60)
      await rig.when(({ heardMs }) => heardMs > 30 + 17 * round)
      await rig.output.flush()
      await rig.rendered(20)
    }
    const recording = await rig.tap.read()
    const { samples, sampleRate, messages } = recording
    const runs = voicedRuns(recording)
    expect(runs).toHaveLength(rounds)
    const flushes = messages.filter(({ type }) => type === 'flush')
    const steepest = largestStep(voice.samples(sampleRate, 0, sampleRate))
    for (const [round, { at }] of flushes.entries()) {
      const { to = 0 } = runs[round] ?? {}
      expect(to).toBeGreaterThan(at)
      expect(to - at).toBeLessThanOrEqual(0.005 * sampleRate)
      expect(largestStep(samples, at - 0.01 * sampleRate, to + 1) / steepest).toBeLessThanOrEqual(1.5)
    }
  })
})
