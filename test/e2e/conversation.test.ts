import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator, type OpenAIConnection, type Turn } from '../simulators/openai/index.ts'
import { resample } from '../simulators/resample.ts'
import { synthesize } from '../simulators/speech.ts'
import { coefficientAt, findIn } from '../support/correlation.ts'
import { installTaps, readTap, type Recording } from './support/audio-tap.ts'
import { launchChromium } from './support/chromium.ts'
import {
  ConversationPage,
  hostBuild,
  hostSources,
  type PageEvent,
  type SdkHost,
} from './support/conversation-page.ts'
import { writeMicrophoneWav } from './support/microphone-wav.ts'

const WIRE_RATE = 24_000
/** Faint noise under the answer, so that no sample of it is silence and every one can be told from a flush. */
const NOISE = 40

const LINES = [
  { atMs: 700, text: 'Hello can you hear me well over there' },
  { atMs: 6000, text: 'Please stop I have another question' },
]

/** Nothing in one sounds like the other, so that each can be found in what was rendered. */
const SENTENCES = [
  'I heard you, and this is what reached me. Listen to your own words now, if you like.',
  'Certainly. Ask whatever comes to your mind, and hear it back from here.',
]

/** The answer: a sentence, then the caller's own words; long enough to be interrupted. */
async function answer({ items }: Turn) {
  const heard = items.at(-1)?.pcm ?? new Int16Array(0)
  const text = SENTENCES[items.length > 1 ? 1 : 0] ?? ''
  const sentence = await synthesize(text, { sampleRate: WIRE_RATE })
  const pcm = new Int16Array(sentence.length + heard.length)
  pcm.set(sentence)
  pcm.set(heard, sentence.length)
  for (let i = 0; i < pcm.length; i++) pcm[i] = (pcm[i] ?? 0) + (((i * 7919) % (2 * NOISE + 1)) - NOISE || 1)
  return { items: [{ type: 'message' as const, text, pcm, speakText: false }] }
}

/** All audio that the simulator sent for an item. */
function sentAudio(connection: OpenAIConnection, itemId: unknown): Int16Array {
  const parts = connection.sent
    .map(({ message }) => message)
    .filter(({ type, item_id }) => type === 'response.output_audio.delta' && item_id === itemId)
    .map(({ delta }) => Buffer.from(String(delta), 'base64'))
  const bytes = Buffer.concat(parts)
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

function toPcm({ samples }: Recording): Int16Array {
  return Int16Array.from(samples, (sample) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))),
  )
}

describe.each([
  ['its sources, through a dev server', hostSources],
  ['its built files, imported by a plain page', hostBuild],
] as const)('A spoken conversation, with %s', (_, createHost) => {
  const simulator = createOpenAISimulator({ reply: answer, pace: 1.6, lateDeltas: 6 })
  let host: SdkHost
  let browser: Browser
  let connection: OpenAIConnection
  let events: readonly PageEvent[]
  let microphone: Recording
  let speaker: Recording

  beforeAll(async () => {
    const { url } = await simulator.listen()
    host = await createHost()
    browser = await launchChromium({ microphoneWav: await writeMicrophoneWav(LINES, 16_000) })
    const conversation = await ConversationPage.open(browser, host, { url }, installTaps)
    await conversation.start()
    connection = await simulator.connection()
    const finished = (noted: readonly PageEvent[]): boolean =>
      noted.some(({ name }) => name === 'interrupted') &&
      noted.filter(({ name }) => name === 'turnEnded').length === 2
    events = await conversation.until(finished, 30_000)
    microphone = await readTap(conversation.page, 'microphone')
    speaker = await readTap(conversation.page, 'speaker')
    await conversation.page.evaluate(() =>
      (window as unknown as { pipeline: { close(): Promise<void> } }).pipeline.close(),
    )
  })

  afterAll(async () => {
    await browser?.close()
    await host?.close()
    await simulator.close()
  })

  it('keeps to the protocol, and reports no error', () => {
    expect(connection.violations).toEqual([])
    expect(events.filter(({ name }) => name === 'error' || name === 'startFailed')).toEqual([])
  })

  it('brings the voice to the model as the microphone gave it, every frame once', () => {
    const utterance = connection.utterances[0]?.pcm ?? new Int16Array(0)
    expect(utterance.length / WIRE_RATE).toBeGreaterThan(1.5)
    // At four times the rate a shift of less than a sample does not matter.
    const fine = resample(toPcm(microphone), microphone.sampleRate, 4 * WIRE_RATE)
    const phases = [0, 1, 2, 3].map((phase) => {
      const tap = Float64Array.from(
        { length: Math.floor((fine.length - phase) / 4) },
        (_, i) => fine[4 * i + phase] ?? 0,
      )
      return { tap, ...findIn(tap, utterance) }
    })
    const best = phases.toSorted((a, b) => b.coefficient - a.coefficient)[0]
    if (!best) throw new Error('no match')
    expect(best.coefficient).toBeGreaterThan(0.98)
    const loudest = Math.max(...utterance)
    for (let from = 0; from + 960 <= utterance.length; from += 480) {
      const window = utterance.subarray(from, from + 960)
      if (Math.max(...window) < loudest / 20) continue
      const { lag } = findIn(best.tap, window, best.lag + from - 720, best.lag + from + 720)
      // Voiced speech repeats itself: only a shift that fits clearly better would be one.
      const gain = coefficientAt(best.tap, window, lag) - coefficientAt(best.tap, window, best.lag + from)
      expect(gain, `frame at ${from / 24} ms`).toBeLessThan(0.02)
    }
  })

  it('renders the answer, and the caller hears the own words back', () => {
    const first = events.find(({ name, role }) => name === 'transcript' && role === 'agent')
    const sent = sentAudio(connection, first?.id)
    const beginning = resample(sent.subarray(0, WIRE_RATE), WIRE_RATE, speaker.sampleRate)
    expect(findIn(speaker.samples, beginning).coefficient).toBeGreaterThan(0.999)
  })

  it('falls silent when the user speaks, and tells the model within 10 ms how much was heard', () => {
    const truncates = connection.received.filter(
      ({ message }) => message.type === 'conversation.item.truncate',
    )
    expect(truncates).toHaveLength(1)
    const { item_id, audio_end_ms }: Record<string, unknown> = truncates[0]?.message ?? {}
    const { endMs, sent } = rendered(item_id)
    expect(endMs).toBeGreaterThan(500)
    expect(endMs).toBeLessThan((sent.length * 1000) / WIRE_RATE - 500)
    expect(Math.abs(Number(audio_end_ms) - endMs)).toBeLessThanOrEqual(10)
    const interrupted = events.find(({ name }) => name === 'interrupted')
    expect(interrupted).toMatchObject({ itemId: item_id })
    expect(Math.floor(Number(interrupted?.heardMs))).toBe(audio_end_ms)
  })

  it('renders nothing of the cancelled answer afterwards, although it keeps coming', () => {
    const speechStarts = connection.sent.filter(
      ({ message }) => message.type === 'input_audio_buffer.speech_started',
    )
    const truncate = connection.received.find(({ message }) => message.type === 'conversation.item.truncate')
    const itemId = truncate?.message.item_id
    const late = connection.sent.filter(
      ({ message, sequence }) =>
        message.type === 'response.output_audio.delta' &&
        message.item_id === itemId &&
        sequence > (speechStarts[1]?.sequence ?? Infinity),
    )
    expect(late.length).toBeGreaterThanOrEqual(6)
    const { end, sent, lag } = rendered(itemId)
    const rest = resample(sent, WIRE_RATE, speaker.sampleRate).subarray(end - lag)
    expect(rest.length).toBeGreaterThan(speaker.sampleRate / 2)
    const pattern = rest.subarray(0, speaker.sampleRate)
    expect(findIn(speaker.samples, pattern, end).coefficient).toBeLessThan(0.5)
  })

  it('shows what was heard of the answer that was cut, and answers the second question whole', () => {
    const last = new Map(events.filter(({ name }) => name === 'transcript').map((event) => [event.id, event]))
    const agent = [...last.values()].filter(({ role }) => role === 'agent')
    expect(agent).toHaveLength(2)
    const [cut, whole] = agent as unknown as [
      { text: string; heardText: string },
      { text: string; heardText: string },
    ]
    expect(cut.heardText.length).toBeGreaterThan(0)
    expect(cut.heardText.length).toBeLessThan(cut.text.length)
    expect(whole.heardText).toBe(whole.text)
  })

  it('goes through the states of two turns', () => {
    const states = events.filter(({ name }) => name === 'stateChanged').map(({ state }) => state)
    expect(states).toEqual([
      'connecting',
      'listening',
      'thinking',
      'speaking',
      'listening',
      'thinking',
      'speaking',
      'listening',
    ])
  })

  /** Where an item lies in what was rendered, and where it ends in a silence that only a flush makes. */
  function rendered(itemId: unknown) {
    const sent = sentAudio(connection, itemId)
    const pattern = resample(sent.subarray(0, WIRE_RATE), WIRE_RATE, speaker.sampleRate)
    const { lag, coefficient } = findIn(speaker.samples, pattern)
    expect(coefficient).toBeGreaterThan(0.999)
    const silence = Math.round(speaker.sampleRate / 20)
    let run = 0
    let end = lag
    while (run < silence && end < speaker.samples.length) run = speaker.samples[end++] === 0 ? run + 1 : 0
    end -= run
    return { sent, lag, end, endMs: ((end - lag) * 1000) / speaker.sampleRate }
  }
})
