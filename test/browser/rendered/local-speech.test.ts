import { afterEach, describe, expect, it, vi } from 'vitest'
import { localSpeech } from '../../../src/audio/local-speech.ts'
import { Microphone } from '../../../src/audio/microphone.ts'
import { Speaker } from '../../../src/audio/speaker.ts'
import { SpeakerOutput } from '../../../src/engine/speaker-output.ts'
import type { LocalSpeechReaction } from '../../../src/shared/messages.ts'
import { installTap, type Recording } from '../support/audio-tap.ts'
import { block, pause, WIRE_RATE } from '../support/speaker-rig.ts'

/** The agent's voice is a constant, so that its gain can be read off every sample. */
const AGENT = 0.05
const DUCKED_DB = -15

const cleanUp: (() => void)[] = []

afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo()
  vi.restoreAllMocks()
})

/** A page on which the agent speaks for `agentMs`, and a user whose voice begins `speechMs` after that. */
async function scene(onLocalSpeech: LocalSpeechReaction, agentMs: number, speechMs: number) {
  const tap = installTap('speaker')
  const { signal } = new AbortController()
  const onError = (error: Error): void => {
    throw error
  }
  const options = { wireRate: WIRE_RATE, workletUrl: undefined, signal, onError }
  const speaker = await Speaker.open({ ...options, deviceId: undefined, onLocalSpeech })
  const room = new AudioContext()
  const destination = room.createMediaStreamDestination()
  const microphone = await Microphone.open({
    ...options,
    source: destination.stream,
    muted: false,
    workletSource: localSpeech().workletSource,
  })
  cleanUp.push(
    () => speaker.close(),
    () => microphone.close(),
    () => void room.close(),
  )
  const { port1, port2 } = new MessageChannel()
  microphone.command({ type: 'connectPeer', port: port1 }, [port1])
  speaker.command({ type: 'connectPeer', port: port2 }, [port2])
  const output = new SpeakerOutput(WIRE_RATE, {
    onQueued: () => {},
    onStarted: () => {},
    onHeard: () => {},
    onDrained: () => {},
  })
  output.attach(speaker.connect(WIRE_RATE))

  // Syllables: a vowel that swells and fades four times a second.
  const seconds = 3
  const buffer = room.createBuffer(1, seconds * room.sampleRate, room.sampleRate)
  const samples = buffer.getChannelData(0)
  for (let i = 0; i < samples.length; i++) {
    const swell = Math.sin((Math.PI * 4 * i) / room.sampleRate) ** 2
    const phase = (2 * Math.PI * i) / room.sampleRate
    samples[i] = 0.3 * swell * (Math.sin(220 * phase) + Math.sin(660 * phase) + Math.sin(1540 * phase))
  }
  const voice = new AudioBufferSourceNode(room, { buffer })
  voice.connect(destination)
  await pause(300)
  output.write('a', new Int16Array((agentMs * WIRE_RATE) / 1000).fill(AGENT * 32_768))
  voice.start(room.currentTime + speechMs / 1000)
  return { tap, output }
}

/** Gain of the agent's voice, dB, at a sample of the recording. */
function gainDb({ samples }: Recording, at: number): number {
  return 20 * Math.log10(Math.abs(samples[at] ?? 0) / AGENT + 1e-9)
}

describe('Speech that the microphone hears', () => {
  it('turns the agent down within two quanta, and by 15 dB within 10 ms, while the page is blocked', async () => {
    const { tap } = await scene('duck', 4000, 500)
    await pause(200)
    block(1000)
    const recording = await tap.read()
    const { sampleRate, quantum } = recording
    const heard = recording.messages.find(({ type }) => type === 'speech')
    // The block had begun by then, and was not over: nothing but the two worklets can have done it.
    const at = heard?.at ?? 0
    expect(gainDb(recording, at - quantum)).toBeCloseTo(0, 0)
    expect(gainDb(recording, at + 2 * quantum)).toBeLessThan(-1)
    expect(gainDb(recording, at + Math.round(sampleRate / 100))).toBeLessThan(DUCKED_DB)
    expect(at).toBeLessThan(recording.samples.length - sampleRate / 10)
  })

  it('lets the agent come back when nobody interrupts it', async () => {
    const { tap } = await scene('duck', 4000, 300)
    await pause(3000)
    const recording = await tap.read()
    const ducked = recording.messages.filter(({ type }) => type === 'speech')
    expect(ducked).not.toEqual([])
    const after = (ducked.at(-1)?.at ?? 0) + Math.round(0.9 * recording.sampleRate)
    expect(gainDb(recording, after)).toBeCloseTo(0, 1)
  })

  it('silences the agent without the page if it is to cut', async () => {
    const { tap } = await scene('cut', 4000, 500)
    await pause(200)
    block(1000)
    const recording = await tap.read()
    const { at = 0 } = recording.messages.find(({ type }) => type === 'speech') ?? {}
    const fade = Math.ceil(0.003 * recording.sampleRate) + recording.quantum
    expect(recording.samples[at - recording.quantum]).toBeCloseTo(AGENT, 3)
    expect(recording.samples.subarray(at + fade).every((sample) => sample === 0)).toBe(true)
  })

  it('leaves the agent alone if it is told to', async () => {
    const { tap } = await scene('off', 2000, 300)
    await pause(1500)
    const recording = await tap.read()
    const from = recording.samples.findIndex((sample) => sample > AGENT * 0.999)
    const sound = recording.samples.subarray(from, from + recording.sampleRate)
    expect(Math.min(...sound)).toBeGreaterThan(AGENT * 0.99)
  })
})
