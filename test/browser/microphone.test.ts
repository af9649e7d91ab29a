import { afterEach, describe, expect, it, vi } from 'vitest'
import { Microphone, type MicrophoneSetup } from '../../src/audio/microphone.ts'
import { isVivaVoceError } from '../../src/core/errors.ts'
import { microphoneFrame, type MicrophoneFrame } from '../../src/shared/microphone-frame.ts'

const WIRE_RATE = 24_000
let opened: Microphone | undefined

async function open(setup: Partial<MicrophoneSetup> = {}): Promise<Microphone> {
  opened = await Microphone.open({
    source: {},
    wireRate: WIRE_RATE,
    muted: false,
    workletUrl: undefined,
    signal: new AbortController().signal,
    onError: () => {},
    ...setup,
  })
  return opened
}

/** Takes frames as the engine does, and sends their buffers back. */
async function frames(microphone: Microphone, count: number): Promise<MicrophoneFrame[]> {
  const { port } = microphone
  const taken: MicrophoneFrame[] = []
  return new Promise((resolve) => {
    port.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      taken.push(microphoneFrame(data.slice(0)))
      port.postMessage(data, [data])
      if (taken.length === count) resolve(taken)
    }
  })
}

async function toneStream(): Promise<{ stream: MediaStream; context: AudioContext }> {
  const context = new AudioContext()
  const oscillator = new OscillatorNode(context, { frequency: 1000 })
  const destination = context.createMediaStreamDestination()
  oscillator.connect(new GainNode(context, { gain: 0.5 })).connect(destination)
  oscillator.start()
  return { stream: destination.stream, context }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return isVivaVoceError(error) ? error.code : String(error)
}

afterEach(() => {
  opened?.close()
  opened = undefined
  vi.restoreAllMocks()
})

describe('Microphone', () => {
  it('captures the device at its own rate, in numbered 20 ms frames of the wire rate', async () => {
    const microphone = await open()
    const taken = await frames(microphone, 50)
    expect(taken.every(({ samples }) => samples.length === WIRE_RATE / 50)).toBe(true)
    const first = taken[0]?.sequence[0] ?? 0
    expect(taken.map(({ sequence }) => sequence[0])).toEqual(taken.map((_, i) => first + i))
    // The device may start with a hiccup; from then on time runs through.
    const times = taken.slice(5).map(({ time }) => time[1] ?? 0)
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeCloseTo(44 * 0.02, 3)
    // The fake device beeps.
    expect(Math.max(...taken.map(({ level }) => level[1] ?? 0))).toBeGreaterThan(0.01)
  })

  it("captures a caller's stream faithfully, and never stops it", async () => {
    const { stream, context } = await toneStream()
    const microphone = await open({ source: stream })
    const taken = await frames(microphone, 30)
    const samples = taken.slice(10).flatMap((frame) => [...frame.samples])
    const crossings = samples.filter((sample, i) => sample >= 0 && (samples[i - 1] ?? 0) < 0).length
    expect(crossings / (samples.length / WIRE_RATE)).toBeCloseTo(1000, -1)
    expect(microphone.level).toBeGreaterThan(0.3)
    microphone.close()
    expect(stream.getAudioTracks()[0]?.readyState).toBe('live')
    await context.close()
  })

  it('gives silence while muted', async () => {
    const { stream, context } = await toneStream()
    const microphone = await open({ source: stream })
    microphone.mute(true)
    const taken = await frames(microphone, 20)
    expect(taken.at(-1)?.samples.every((sample) => sample === 0)).toBe(true)
    microphone.mute(false)
    const again = await frames(microphone, 10)
    expect(again.at(-1)?.level[1]).toBeGreaterThan(0.3)
    await context.close()
  })

  it('changes to another stream without a gap in the count, and releases what it asked for itself', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const microphone = await open()
    const own = await (asked.mock.results[0]?.value as Promise<MediaStream>)
    const before = await frames(microphone, 5)
    const { stream, context } = await toneStream()
    await microphone.change(stream)
    const after = await frames(microphone, 30)
    expect(own.getAudioTracks()[0]?.readyState).toBe('ended')
    expect(after[0]?.sequence[0]).toBe((before.at(-1)?.sequence[0] ?? 0) + 1)
    expect(after.at(-1)?.level[1]).toBeGreaterThan(0.3)
    await context.close()
  })

  it('tells of a device that was lost', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const codes: string[] = []
    await open({ onError: ({ code }) => codes.push(code) })
    const own = await (asked.mock.results[0]?.value as Promise<MediaStream>)
    own.getAudioTracks()[0]?.dispatchEvent(new Event('ended'))
    expect(codes).toEqual(['microphone-lost'])
  })

  it.each([
    ['NotAllowedError', 'microphone-denied'],
    ['SecurityError', 'microphone-denied'],
    ['NotFoundError', 'microphone-missing'],
    ['OverconstrainedError', 'microphone-missing'],
    ['NotReadableError', 'microphone-busy'],
    ['AbortError', 'microphone-busy'],
    ['TypeError', 'microphone-unsupported'],
  ])('turns %s into %s', async (name, code) => {
    vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockRejectedValue(new DOMException('no', name))
    expect(await codeOf(open())).toBe(code)
  })

  it('says what an unknown device id is', async () => {
    expect(await codeOf(open({ source: { deviceId: 'no such device' } }))).toBe('microphone-missing')
  })

  it('says that an insecure page gets no microphone', async () => {
    vi.spyOn(navigator, 'mediaDevices', 'get').mockReturnValue(undefined as unknown as MediaDevices)
    vi.spyOn(globalThis, 'isSecureContext', 'get').mockReturnValue(false)
    expect(await codeOf(open())).toBe('microphone-insecure')
  })

  it('refuses a stream without audio', async () => {
    expect(await codeOf(open({ source: new MediaStream() }))).toBe('microphone-missing')
  })

  it('releases the device when it is closed while it opens', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const life = new AbortController()
    const opening = open({ signal: life.signal })
    life.abort(new Error('closed'))
    await expect(opening).rejects.toThrow('closed')
    const own = await (asked.mock.results[0]?.value as Promise<MediaStream>)
    expect(own.getAudioTracks()[0]?.readyState).toBe('ended')
  })
})
