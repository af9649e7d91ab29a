import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator, type OpenAIConnection, type Turn } from '../simulators/openai/index.ts'
import { resample } from '../simulators/resample.ts'
import { synthesize } from '../simulators/speech.ts'
import { findIn } from '../support/correlation.ts'
import { installTaps, readTap, type Recording } from './support/audio-tap.ts'
import { launchChromium } from './support/chromium.ts'
import { ConversationPage, hostBuild, type PageEvent, type SdkHost } from './support/conversation-page.ts'
import { writeMicrophoneWav } from './support/microphone-wav.ts'

const WIRE_RATE = 24_000
/** Two sentences are alike by 0.2 to 0.45, one on both sides of a call by 0.8, on a busy machine by 0.65. */
const ALIKE = 0.55

const LINES = [
  { atMs: 1200, text: 'Hello can you hear me well over there' },
  { atMs: 6500, text: 'Please stop I have another question' },
]
const SENTENCES = [
  'I heard you, and this is a long answer about many things, so that there is time enough to interrupt it. ' +
    'It goes on about the weather of the last week, and the one before, and then about that of the next.',
  'Certainly. Ask whatever comes to your mind.',
]

async function answer({ items }: Turn) {
  const text = SENTENCES[items.length > 1 ? 1 : 0] ?? ''
  const pcm = await synthesize(text, { sampleRate: WIRE_RATE })
  return { items: [{ type: 'message' as const, text, pcm, speakText: false }] }
}

describe('A spoken conversation over WebRTC', () => {
  const simulator = createOpenAISimulator({ reply: answer, pace: 4 })
  let host: SdkHost
  let browser: Browser
  let connection: OpenAIConnection
  let events: readonly PageEvent[]
  let microphone: Recording
  let speaker: Recording

  beforeAll(async () => {
    const { httpUrl } = await simulator.listen()
    host = await hostBuild()
    browser = await launchChromium({ microphoneWav: await writeMicrophoneWav(LINES, 16_000) })
    const query = { url: `${httpUrl}/calls`, transport: 'webrtc' } as const
    const conversation = await ConversationPage.open(browser, host, query, installTaps)
    await conversation.start()
    connection = await simulator.connection()
    events = await conversation.until(
      (noted) =>
        noted.some(({ name }) => name === 'interrupted') &&
        noted.filter(({ name }) => name === 'turnEnded').length === 2,
      40_000,
    )
    microphone = await readTap(conversation.page, 'microphone')
    speaker = await readTap(conversation.page, 'speaker')
    await conversation.close()
  })

  afterAll(async () => {
    await browser?.close()
    await host?.close()
    await simulator.close()
  })

  it('keeps to the protocol, reports no error, and goes through the states of two turns', () => {
    expect(connection.violations).toEqual([])
    expect(events.filter(({ name }) => name === 'error' || name === 'startFailed')).toEqual([])
    const states = events.filter(({ name }) => name === 'stateChanged').map(({ state }) => state)
    const turn = ['listening', 'thinking', 'speaking']
    expect(states).toEqual(['connecting', ...turn, ...turn, 'listening'])
  })

  it('brings the voice to the model, past a codec', () => {
    const utterance = connection.utterances[0]?.pcm ?? new Int16Array(0)
    expect(utterance.length / WIRE_RATE).toBeGreaterThan(1.5)
    const tap = resample(toPcm(microphone), microphone.sampleRate, WIRE_RATE)
    expect(likeness(tap, utterance, WIRE_RATE)).toBeGreaterThan(ALIKE)
    // The track carries it: no frame goes over the data channel.
    expect(connection.received.map(({ message }) => message.type)).not.toContain('input_audio_buffer.append')
  })

  it('renders the answer', () => {
    const whole = [...connection.played.values()][1]
    const sent = resample(whole?.pcm ?? new Int16Array(0), WIRE_RATE, speaker.sampleRate)
    expect(likeness(speaker.samples, sent, speaker.sampleRate)).toBeGreaterThan(ALIKE)
    // To its end: it is the last that was rendered.
    const renderedMs = lengthOfLastVoice(speaker)
    expect(renderedMs).toBeGreaterThan((sent.length * 1000) / speaker.sampleRate - 300)
  })

  it('is silent when the user speaks, and agrees with the service about what was heard', () => {
    const [cut] = connection.played.values()
    expect(cut?.cut).toBe(true)
    const interrupted = events.find(({ name }) => name === 'interrupted')
    expect(interrupted).toMatchObject({ itemId: cut?.itemId })
    const heardMs = Number(interrupted?.heardMs)
    const playedMs = ((cut?.playedSamples ?? 0) * 1000) / WIRE_RATE
    // What the service has played last is still under way when the page falls silent.
    expect(heardMs).toBeLessThanOrEqual(playedMs + 60)
    expect(heardMs).toBeGreaterThan(playedMs - 1000)
    const silence = longestSilence(speaker)
    expect(silence).toBeGreaterThan(500)
  })

  it('leaves truncation to the service, and tells how well sound travels', () => {
    expect(connection.received.map(({ message }) => message.type)).not.toContain('conversation.item.truncate')
    expect(connection.sent.map(({ message }) => message.type)).toContain('conversation.item.truncated')
    const stats = events.findLast(({ name }) => name === 'connectionStats')
    expect(stats).toMatchObject({ packetsReceived: expect.any(Number), jitterBufferMs: expect.any(Number) })
  })
})

function toPcm({ samples }: Recording): Int16Array {
  return Int16Array.from(samples, (sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))),
  )
}

/**
 * How much a signal sounds like another past a codec and a jitter buffer, which stretch time: the median over
 * quarters of a second of how well each is found.
 */
function likeness(signal: ArrayLike<number>, pattern: Int16Array, rate: number): number {
  const length = Math.round(rate / 4)
  const loudest = Math.max(...pattern)
  const found: number[] = []
  for (let from = 0; from + length <= pattern.length; from += length) {
    const window = pattern.subarray(from, from + length)
    if (Math.max(...window) > loudest / 10) found.push(findIn(signal, window).coefficient)
  }
  return found.toSorted((a, b) => a - b)[found.length >> 1] ?? 0
}

/** How long what was rendered last is, from the last half second of silence before it, ms. */
function lengthOfLastVoice({ samples, sampleRate }: Recording): number {
  const last = samples.findLastIndex((sample) => sample !== 0)
  let silent = 0
  let from = last
  while (from > 0 && silent < sampleRate / 2) silent = samples[from--] === 0 ? silent + 1 : 0
  return ((last - from - silent) * 1000) / sampleRate
}

/** The longest stretch between two sounds in which every sample is zero, as only a shut gate gives it, ms. */
function longestSilence({ samples, sampleRate }: Recording): number {
  const first = samples.findIndex((sample) => sample !== 0)
  const last = samples.findLastIndex((sample) => sample !== 0)
  let longest = 0
  let run = 0
  for (let i = first; i <= last; i++) {
    run = samples[i] === 0 ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return (longest * 1000) / sampleRate
}
