import { afterEach, describe, expect, it, vi } from 'vitest'
import { localSpeech } from '../../src/audio/local-speech.ts'
import type { MicrophoneOptions } from '../../src/audio/microphone.ts'
import { fastCapture } from '../../src/audio/fast-capture.ts'
import { FrameReader, frequencyOf, isLoud, isSilent } from './support/frame-reader.ts'
import {
  burstStream,
  closeAll,
  codeOf,
  firstStream,
  openedMicrophone,
  toneStream,
  WIRE_RATE,
} from './support/opened-microphone.ts'
import { pause } from './support/speaker-rig.ts'

afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
})

/** A machine that is too busy to play the tone does so later. */
async function expectTone(reader: FrameReader): Promise<void> {
  await expect.poll(async () => frequencyOf(await reader.take(20), WIRE_RATE)).toBeCloseTo(1000, -1)
}

describe.each(['worklet', 'fast'])('a microphone on the %s path', (capture) => {
  const source: MicrophoneOptions = capture === 'fast' ? { capture: fastCapture() } : {}

  it('captures the device at its own rate, in numbered 20 ms frames of the wire rate', async () => {
    const reader = new FrameReader(await openedMicrophone({ source }))
    const taken = await reader.take(50)
    expect(taken.every(({ samples }) => samples.length === WIRE_RATE / 50)).toBe(true)
    expect(reader.numbers).toEqual([...reader.all.keys()])
    // The device may start with a hiccup; from then on time runs through.
    const times = taken.slice(5).map(({ header }) => header[2] ?? 0)
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeCloseTo(44 * 0.02, 3)
    // The fake device beeps.
    expect(Math.max(...taken.map(({ header }) => header[1] ?? 0))).toBeGreaterThan(0.01)
  })

  it("captures a caller's stream faithfully, and never stops it", async () => {
    const microphone = await openedMicrophone({ source })
    const reader = new FrameReader(microphone)
    const { stream } = await toneStream()
    await microphone.change(stream)
    await reader.until(isLoud)
    await expectTone(reader)
    expect(microphone.level).toBeGreaterThan(0.3)
    microphone.close()
    expect(stream.getAudioTracks()[0]?.readyState).toBe('live')
  })

  it('gives silence while muted', async () => {
    const microphone = await openedMicrophone({ source, muted: true })
    const reader = new FrameReader(microphone)
    await microphone.change((await toneStream()).stream)
    await reader.take(20)
    expect(reader.all.every(isSilent)).toBe(true)
    microphone.command({ type: 'mute', muted: false })
    await reader.until(isLoud)
    microphone.command({ type: 'mute', muted: true })
    await reader.until(isSilent)
    await expect.poll(() => microphone.level).toBe(0)
  })

  it('gives silence while a caller has disabled the track', async () => {
    const microphone = await openedMicrophone({ source })
    const reader = new FrameReader(microphone)
    const { stream } = await toneStream()
    const [track] = stream.getAudioTracks()
    await microphone.change(stream)
    await reader.until(isLoud)
    if (track) track.enabled = false
    await reader.until(isSilent)
    if (track) track.enabled = true
    await reader.until(isLoud)
    expect(reader.numbers).toEqual([...reader.all.keys()])
  })

  it('changes to another stream without a gap in the count, and releases what it asked for itself', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const microphone = await openedMicrophone({ source })
    const own = await firstStream(asked)
    const reader = new FrameReader(microphone)
    await reader.take(5)
    await microphone.change((await toneStream()).stream)
    expect(own.getAudioTracks()[0]?.readyState).toBe('ended')
    await reader.until(isLoud)
    expect(reader.numbers).toEqual([...reader.all.keys()])
  })

  it.each([16_000, 44_100, 48_000])('follows a device of %d Hz, and stays muted', async (sampleRate) => {
    const microphone = await openedMicrophone({ source })
    const reader = new FrameReader(microphone)
    await reader.take(5)
    microphone.command({ type: 'mute', muted: true })
    await reader.until(isSilent)
    await microphone.change((await toneStream({ sampleRate })).stream)
    expect((await reader.take(20)).every(isSilent)).toBe(true)
    microphone.command({ type: 'mute', muted: false })
    await reader.until(isLoud)
    await expectTone(reader)
    expect(reader.numbers).toEqual([...reader.all.keys()])
  })

  it('gives silence, in time, while nothing feeds the stream and when its track has ended', async () => {
    const { stream, context } = await toneStream()
    const microphone = await openedMicrophone({ source })
    const reader = new FrameReader(microphone)
    await microphone.change(stream)
    await reader.until(isLoud)
    await context.suspend()
    await reader.until(isSilent)
    await reader.take(25)
    await context.resume()
    await reader.until(isLoud)
    stream.getAudioTracks()[0]?.stop()
    await reader.until(isSilent)
    expect((await reader.take(25)).every(isSilent)).toBe(true)
    expect(reader.numbers).toEqual([...reader.all.keys()])
  })

  it("tells the speaker's worklet that the user speaks, and is silent while the agent is audible", async () => {
    const { stream, gain } = await burstStream()
    const { workletSource } = localSpeech()
    const microphone = await openedMicrophone({ source, workletSource })
    const reader = new FrameReader(microphone)
    const { port1, port2 } = new MessageChannel()
    microphone.command({ type: 'connectPeer', port: port1 }, [port1])
    const told: unknown[] = []
    port2.onmessage = ({ data }) => told.push(data)
    await microphone.change(stream)
    await expect.poll(() => told).toContain('speech')
    gain.cancelScheduledValues(0)
    gain.setValueAtTime(0.5, 0)
    reader.skip()
    await reader.until(isLoud)
    microphone.command({ type: 'halfDuplex', on: true })
    const agent = setInterval(() => port2.postMessage(0.3), 20)
    await reader.until(isSilent)
    clearInterval(agent)
    await reader.until(isLoud)
  })

  it('tells of a device that was lost, once', async () => {
    const codes: string[] = []
    const microphone = await openedMicrophone({ source, onError: ({ code }) => codes.push(code) })
    const [first, second] = [(await toneStream()).stream, (await toneStream()).stream]
    for (const stream of [first, second, first]) await microphone.change(stream)
    second.getAudioTracks()[0]?.dispatchEvent(new Event('ended'))
    first.getAudioTracks()[0]?.dispatchEvent(new Event('ended'))
    await expect.poll(() => codes.length).toBeGreaterThan(0)
    expect(codes).toEqual(['microphone-lost'])
  })

  it('gives nothing any more when it is closed', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const microphone = await openedMicrophone({ source })
    const own = await firstStream(asked)
    const reader = new FrameReader(microphone)
    await reader.take(5)
    microphone.close()
    expect(own.getAudioTracks()[0]?.readyState).toBe('ended')
    await pause(200)
    const { length } = reader.all
    await pause(200)
    expect(reader.all).toHaveLength(length)
  })

  it('releases the device when it is closed while it opens', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const life = new AbortController()
    const opening = openedMicrophone({ source, signal: life.signal })
    life.abort(new Error('closed'))
    await expect(opening).rejects.toThrow('closed')
    expect((await firstStream(asked)).getAudioTracks()[0]?.readyState).toBe('ended')
  })

  it('leaves nothing behind when the device cannot be had', async () => {
    vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockRejectedValue(
      new DOMException('no', 'NotFoundError'),
    )
    const terminate = vi.spyOn(Worker.prototype, 'terminate')
    const close = vi.spyOn(AudioContext.prototype, 'close')
    expect(await codeOf(openedMicrophone({ source }))).toBe('microphone-missing')
    await expect.poll(() => (capture === 'fast' ? terminate : close).mock.calls).toHaveLength(1)
  })
})
