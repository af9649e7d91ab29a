import { afterEach, describe, expect, it, vi } from 'vitest'
import { Speaker, type SpeakerSetup } from '../../src/audio/speaker.ts'
import { isVivaVoceError } from '../../src/core/errors.ts'
import type { PlaybackInput, PlaybackReport } from '../../src/shared/messages.ts'

const WIRE_RATE = 24_000
let opened: Speaker | undefined

async function open(setup: Partial<SpeakerSetup> = {}): Promise<Speaker> {
  opened = await Speaker.open({
    deviceId: undefined,
    wireRate: WIRE_RATE,
    onLocalSpeech: 'duck',
    workletUrl: undefined,
    signal: new AbortController().signal,
    onError: () => {},
    ...setup,
  })
  return opened
}

/** Plays through the port as the engine does, and notes the reports. */
function player(speaker: Speaker) {
  const reports: PlaybackReport[] = []
  const port = speaker.connect(WIRE_RATE)
  port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => reports.push(data)
  const send = (message: PlaybackInput): void => port.postMessage(message)
  const tone = (itemId: string, seconds: number, epoch = 0): void => {
    const pcm = Int16Array.from({ length: seconds * WIRE_RATE }, (_, i) =>
      Math.round(16_384 * Math.sin((2 * Math.PI * 440 * i) / WIRE_RATE)),
    )
    send({ type: 'audio', epoch, itemId, pcm: pcm.buffer })
  }
  const seen = async (type: PlaybackReport['type']): Promise<PlaybackReport> => {
    await expect.poll(() => reports.some((report) => report.type === type), { timeout: 5000 }).toBe(true)
    return reports.find((report) => report.type === type) as PlaybackReport
  }
  return { reports, send, tone, seen }
}

afterEach(() => {
  opened?.close()
  opened = undefined
  vi.restoreAllMocks()
})

describe('Speaker', () => {
  it('plays an item to its end and reports positions that only grow', async () => {
    const speaker = await open()
    const { reports, send, tone, seen } = player(speaker)
    tone('a', 0.5)
    send({ type: 'end', epoch: 0, itemId: 'a' })
    await seen('started')
    await expect.poll(() => speaker.level).toBeGreaterThan(0.2)
    expect(await seen('ended')).toMatchObject({ itemId: 'a', frames: WIRE_RATE / 2 })
    const frames = reports.map((report) => report.frames)
    expect(frames).toEqual(frames.toSorted((a, b) => a - b))
    await expect.poll(() => speaker.level).toBe(0)
  })

  it('is silent at once after a flush, and says where it cut', async () => {
    const speaker = await open()
    const { reports, send, tone, seen } = player(speaker)
    tone('a', 4)
    await seen('position')
    send({ type: 'flush', epoch: 1 })
    const flushed = await seen('flushed')
    expect(flushed).toMatchObject({ epoch: 1, itemId: 'a' })
    expect(flushed.frames).toBeLessThan(2 * WIRE_RATE)
    expect(reports.at(-1)).toBe(flushed)
  })

  it('runs at the rate of the device, whatever the rate of the model', async () => {
    const speaker = await open()
    expect(speaker.context.sampleRate).not.toBe(WIRE_RATE)
    expect(speaker.latency).toBeGreaterThan(0)
  })

  it('changes the output device, and says so when there is no such device', async () => {
    const speaker = await open()
    await speaker.change('default')
    const error: unknown = await speaker.change('no such device').catch((thrown: unknown) => thrown)
    expect(isVivaVoceError(error) && error.code).toBe('speaker-missing')
  })

  it('says so where a page may not choose the output device', async () => {
    const speaker = await open()
    Object.defineProperty(speaker.context, 'setSinkId', { value: undefined })
    const error: unknown = await speaker.change('any').catch((thrown: unknown) => thrown)
    expect(isVivaVoceError(error) && error.code).toBe('audio-unsupported')
  })

  it('loads the worklet from a URL of the page, and says so when it is not there', async () => {
    const error: unknown = await open({ workletUrl: '/no-such-worklet.js' }).catch(
      (thrown: unknown) => thrown,
    )
    expect(isVivaVoceError(error) && error.code).toBe('worklet-blocked')
    expect(isVivaVoceError(error) && error.message).toContain('workletUrls.playback')
  })
})
