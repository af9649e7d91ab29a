import {
  GoogleGenAI,
  Modality,
  type LiveConnectConfig,
  type LiveServerMessage,
  type Session,
} from '@google/genai'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import {
  createGeminiSimulator,
  type GeminiConnection,
  type GeminiSimulator,
} from '../simulators/gemini/index.ts'
import { encodePcm, joinPcm } from '../simulators/pcm.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

let simulator: GeminiSimulator
let baseUrl: string

beforeAll(async () => {
  // It warns that tokens are experimental.
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  simulator = createGeminiSimulator({ pace: 50, playback: 50, transcribe: () => 'Tell me about Rome' })
  baseUrl = (await simulator.listen()).httpUrl
})

afterAll(() => simulator.close())

interface Conversation {
  readonly session: Session
  readonly connection: GeminiConnection
  readonly messages: readonly LiveServerMessage[]
  readonly until: (wanted: (message: LiveServerMessage) => unknown) => Promise<LiveServerMessage>
}

async function connect(config: LiveConnectConfig = {}, apiKey?: string): Promise<Conversation> {
  const httpOptions = { baseUrl, apiVersion: apiKey === undefined ? 'v1alpha' : 'v1beta' }
  const client = new GoogleGenAI({ apiKey: apiKey ?? simulator.mintToken().token, httpOptions })
  const messages: LiveServerMessage[] = []
  const session = await client.live.connect({
    model: 'gemini-3.8-live',
    config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {}, ...config },
    callbacks: { onmessage: (message) => void messages.push(message) },
  })
  onTestFinished(() => session.close())
  const until: Conversation['until'] = (wanted) =>
    vi.waitFor(
      () => {
        const found = messages.find(wanted)
        if (!found) throw new Error('The message did not come.')
        return found
      },
      { timeout: 10_000 },
    )
  return { session, connection: await simulator.connection(), messages, until }
}

test.each(['a token', 'an API key'])(
  'the official client completes a text turn with %s',
  async (credential) => {
    const key = credential === 'an API key' ? 'key' : undefined
    const { session, connection, messages, until } = await connect({}, key)
    session.sendClientContent({ turns: 'Tell me about Rome' })
    const { usageMetadata } = await until(({ serverContent }) => serverContent?.turnComplete)
    expect(
      messages.map(({ serverContent }) => serverContent?.outputTranscription?.text ?? '').join(''),
    ).toMatch(/Rome/)
    expect(messages.some(({ data }) => data !== undefined)).toBe(true)
    expect(usageMetadata?.totalTokenCount).toBeGreaterThan(0)
    expect(connection.violations).toEqual([])
  },
)

test('the official client completes an audio turn', async () => {
  const { session, connection, messages, until } = await connect({ inputAudioTranscription: {} })
  const said = await synthesize('Tell me about Rome', { sampleRate: 16_000 })
  const pcm = joinPcm([new Int16Array(8000), said, new Int16Array(16_000)])
  for (let offset = 0; offset < pcm.length; offset += 1600) {
    const data = encodePcm(pcm.subarray(offset, offset + 1600))
    session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } })
  }
  await until(({ serverContent }) => serverContent?.turnComplete)
  const heard = messages.map(({ serverContent }) => serverContent?.inputTranscription?.text ?? '').join('')
  expect(heard).toBe('Tell me about Rome')
  expect(connection.utterances).toHaveLength(1)
  expect(connection.violations).toEqual([])
})

test('the official client completes a tool round', async () => {
  const getWeather = { name: 'get_weather', description: 'Weather of a city' }
  const { session, connection, messages, until } = await connect({
    tools: [{ functionDeclarations: [getWeather] }],
  })
  session.sendClientContent({ turns: 'How is the weather in Rome?' })
  const { toolCall } = await until((message) => message.toolCall)
  const [call] = toolCall?.functionCalls ?? []
  await until(({ serverContent }) => serverContent?.turnComplete)
  const answer = { id: call?.id ?? '', name: call?.name ?? '', response: { output: 'sunny' } }
  session.sendToolResponse({ functionResponses: [answer] })
  await until(({ serverContent }) => serverContent?.outputTranscription?.text?.includes('sunny'))
  expect(messages.some(({ data }) => data !== undefined)).toBe(true)
  expect(connection.violations).toEqual([])
})

test('the official client mints a token that locks its setup', async () => {
  const minter = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl, apiVersion: 'v1alpha' } })
  const config = { responseModalities: [Modality.AUDIO], temperature: 0.5 }
  const { name = '' } = await minter.authTokens.create({
    config: {
      uses: 1,
      liveConnectConstraints: { model: 'gemini-3.8-live', config },
      lockAdditionalFields: [],
    },
  })
  const client = new GoogleGenAI({ apiKey: name, httpOptions: { baseUrl, apiVersion: 'v1alpha' } })
  const session = await client.live.connect({
    model: 'gemini-3.8-live',
    config: { temperature: 1, topK: 7 },
    callbacks: { onmessage: () => {} },
  })
  onTestFinished(() => session.close())
  const { setup } = await simulator.connection()
  expect(setup).toMatchObject({
    model: 'models/gemini-3.8-live',
    generationConfig: { temperature: 0.5, topK: 7 },
  })
})

test('the official client resumes a session', async () => {
  const first = await connect({ sessionResumption: {} })
  first.session.sendClientContent({ turns: 'Tell me about Rome' })
  await first.until(({ serverContent }) => serverContent?.turnComplete)
  await first.until(
    (message) => message === first.messages.at(-1) && message.sessionResumptionUpdate?.resumable,
  )
  const handle = first.messages.at(-1)?.sessionResumptionUpdate?.newHandle ?? ''
  first.session.close()
  await first.connection.closed
  const second = await connect({ sessionResumption: { handle } })
  expect(second.connection.conversation).toEqual(first.connection.conversation)
  expect(second.connection.conversation).toHaveLength(2)
})
