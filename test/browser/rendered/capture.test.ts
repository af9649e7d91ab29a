import { afterEach, describe, expect, it, vi } from 'vitest'
import { agreement, resampledTo, unchanged } from '../support/captured-voice.ts'
import { openMicrophone, streamOf, type MicrophoneRig, type SourceStream } from '../support/microphone-rig.ts'
import { block, pause } from '../support/speaker-rig.ts'
import { Voice } from '../support/voice.ts'

const DEVICE_RATE = 44_100
const voice = new Voice({ bias: 0, level: 0.2 }).samples(DEVICE_RATE, 0, 6 * DEVICE_RATE)
let rig: MicrophoneRig | undefined
let source: SourceStream | undefined

/** Takes a loudspeaker's place: plays `channels` into a microphone that is open. */
async function capture(wireRate: number, ...channels: Float32Array[]): Promise<MicrophoneRig> {
  source = await streamOf(channels, DEVICE_RATE)
  rig = await openMicrophone(source.stream, wireRate)
  source.source.start()
  return rig
}

/** What the tap has so far, once all of it has had time to come. */
async function recorded(from: MicrophoneRig) {
  const recording = await from.tap.read()
  await from.captured(10)
  return recording
}

/** The sequence numbers of frames that came once each, and in order. */
function eachOnce({ sequences }: MicrophoneRig): number[] {
  return sequences.map((_, i) => i)
}

afterEach(async () => {
  rig?.microphone.close()
  if (source && source.context.state !== 'closed') await source.context.close()
  vi.restoreAllMocks()
})

describe('what the microphone gives, against the samples that its device gave', () => {
  it.each([
    [24_000, resampledTo(24_000)],
    [DEVICE_RATE, unchanged],
  ])('is all of them at %d Hz, while the page is busy 200 of every 230 ms', async (wireRate, wanted) => {
    const taken = await capture(wireRate, voice)
    for (let i = 0; i < 13; i++) {
      block(200)
      await pause(30)
    }
    const recording = await recorded(taken)
    const { expected, wrong } = agreement(taken, recording, wanted)
    expect(wrong).toBe(0)
    expect(expected).toBeGreaterThan(2 * wireRate)
    expect(taken.sequences).toEqual(eachOnce(taken))
    // The device did give a voice.
    expect(recording.samples.filter((sample) => sample !== 0).length).toBeGreaterThan(DEVICE_RATE)
  })

  it('is silence for what is not a number, the loudest sample for what is too loud, and the voice again after it', async () => {
    const broken = voice.slice()
    broken.fill(Number.NaN, 10_000, 10_500)
    broken.fill(Number.POSITIVE_INFINITY, 20_000, 20_500)
    broken.fill(Number.NEGATIVE_INFINITY, 21_000, 21_500)
    broken.fill(1.5, 30_000, 30_500)
    broken.fill(-1.5, 31_000, 31_500)
    const taken = await capture(DEVICE_RATE, broken)
    await taken.captured(75)
    const recording = await recorded(taken)
    const { samples } = recording
    expect(samples.some(Number.isNaN)).toBe(true)
    expect(samples.includes(Number.NEGATIVE_INFINITY)).toBe(true)
    expect(samples.includes(-1.5)).toBe(true)
    expect(agreement(taken, recording, unchanged)).toMatchObject({ wrong: 0 })
    expect(taken.sequences).toEqual(eachOnce(taken))
    expect(taken.microphone.level).toBeGreaterThan(0)
  })

  it('recovers within a frame from what is not a number when it resamples', async () => {
    const broken = voice.slice()
    broken.fill(Number.NaN, 10_000, 10_500)
    broken.fill(Number.POSITIVE_INFINITY, 20_000, 20_500)
    const taken = await capture(24_000, broken)
    await taken.captured(75)
    const recording = await recorded(taken)
    const healed = { ...recording, samples: recording.samples.map((x) => (Number.isFinite(x) ? x : 0)) }
    expect(recording.samples.some(Number.isNaN)).toBe(true)
    expect(agreement(taken, healed, resampledTo(24_000))).toMatchObject({ wrong: 0 })
  })

  it('mixes two channels in equal parts', async () => {
    const taken = await capture(
      DEVICE_RATE,
      voice,
      voice.map((sample) => -sample / 2),
    )
    await taken.captured(50)
    const recording = await recorded(taken)
    const mixed = { ...recording, samples: recording.samples.map((left) => (left - left / 2) / 2) }
    expect(agreement(taken, mixed, unchanged)).toMatchObject({ wrong: 0 })
    expect(mixed.samples.some((sample) => sample > 0.02)).toBe(true)
  })

  it('is silence, in time, when nothing feeds the stream', async () => {
    const taken = await capture(24_000, voice)
    await taken.captured(20)
    source?.source.disconnect()
    await taken.captured(20)
    await source?.context.close()
    await taken.captured(20)
    expect(taken.sequences).toEqual(eachOnce(taken))
    expect(taken.frames.slice(0, 20).some((frame) => frame.some((sample) => sample !== 0))).toBe(true)
    expect(taken.frames.at(-1)?.every((sample) => sample === 0)).toBe(true)
    expect(taken.errors).toEqual([])
  })

  it('is silence from the start for a stream that nothing ever fed', async () => {
    const context = new AudioContext()
    rig = await openMicrophone(context.createMediaStreamDestination().stream, 24_000)
    await rig.captured(20)
    expect(rig.sequences).toEqual(eachOnce(rig))
    expect(rig.frames.every((frame) => frame.every((sample) => sample === 0))).toBe(true)
    await context.close()
  })

  it('goes on without a gap in the count after the context was suspended', async () => {
    const taken = await capture(24_000, voice)
    const context = taken.microphone.context as AudioContext
    await taken.captured(20)
    const resume = vi.spyOn(context, 'resume').mockReturnValue(new Promise(() => {}))
    await context.suspend()
    await pause(200)
    const { length } = taken.frames
    await pause(200)
    expect(taken.frames).toHaveLength(length)
    resume.mockRestore()
    await context.resume()
    await taken.captured(20)
    const recording = await recorded(taken)
    expect(agreement(taken, recording, resampledTo(24_000))).toMatchObject({ wrong: 0 })
    expect(taken.sequences).toEqual(eachOnce(taken))
  })

  it('goes on by itself when something else suspends the context', async () => {
    const taken = await capture(24_000, voice)
    await taken.captured(5)
    await taken.microphone.context?.suspend()
    await taken.captured(20)
    expect(taken.sequences).toEqual(eachOnce(taken))
  })

  it('stops, and can be closed, when something else closes the context', async () => {
    const taken = await capture(24_000, voice)
    await taken.captured(5)
    await taken.microphone.context?.close()
    await pause(100)
    const { length } = taken.frames
    await pause(100)
    expect(taken.frames).toHaveLength(length)
    expect(taken.sequences).toEqual(eachOnce(taken))
    taken.microphone.command({ type: 'mute', muted: true })
    taken.microphone.close()
    expect(source?.stream.getAudioTracks()[0]?.readyState).toBe('live')
  })
})
