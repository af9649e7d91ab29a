import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { parse } from 'yaml'
import {
  createOpenAISimulator,
  type OpenAIConnection,
  type OpenAISimulatorOptions,
  type WireMessage,
} from '../simulators/openai/index.ts'
import { RawClient } from '../simulators/openai/raw-client.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

const RECORDINGS = new URL('../../../shared/conformance/recordings/xai/', import.meta.url)
const TRANSCRIPT = 'conversation.item.input_audio_transcription'
const USER = { sampleRate: 24_000, voice: 'en-us+f3' }
const FORMAT = { format: { type: 'audio/pcm', rate: 24_000 } }
const SESSION = {
  instructions: 'Reply in a few words.',
  turn_detection: { type: 'server_vad', create_response: true, interrupt_response: true },
  audio: { input: { ...FORMAT, transcription: { model: 'grok-transcribe' } }, output: FORMAT },
}
const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'Look up the weather for a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

interface XaiConversation {
  readonly client: RawClient
  readonly connection: OpenAIConnection
  /** Connects once more, with another query. */
  readonly reconnect: (query: string) => Promise<XaiConversation>
}

async function start(options: OpenAISimulatorOptions = {}): Promise<XaiConversation> {
  const simulator = createOpenAISimulator({ dialect: 'xai', pace: 50, ...options })
  onTestFinished(() => simulator.close())
  const { url } = await simulator.listen()
  const connect = async (query?: string): Promise<XaiConversation> => {
    const { token } = simulator.mintToken()
    const protocols = [`xai-client-secret.${token}`]
    const client = new RawClient({ url, token, protocols, ...(query === undefined ? {} : { query }) })
    return { client, connection: await simulator.connection(), reconnect: connect }
  }
  return connect()
}

function update(client: RawClient, session: object = SESSION): void {
  client.send({ type: 'session.update', session })
}

async function spokenTurn(): Promise<readonly WireMessage[]> {
  const { client, connection } = await start({ transcribe: () => 'Hello, my name is' })
  update(client)
  await client.waitFor('session.updated')
  client.speak(await synthesize('Hello, my name is', USER))
  await client.waitFor('response.done')
  expect(connection.violations).toEqual([])
  return client.events
}

async function toolRound(): Promise<readonly WireMessage[]> {
  const { client, connection } = await start({
    reply: ({ items }) => ({
      items: items.some(({ wire }) => wire.type === 'function_call_output')
        ? [{ type: 'message', text: 'It is foggy in London.' }]
        : [
            { type: 'message', text: 'I will look.' },
            { type: 'function_call', name: 'get_weather', arguments: '{"city":"London"}' },
          ],
    }),
  })
  update(client, { ...SESSION, tools: [WEATHER] })
  await client.waitFor('session.updated')
  client.say('What is the weather in London?')
  const { message } = await client.waitFor('response.function_call_arguments.done')
  const { sequence } = await client.waitFor('response.done')
  const item = { type: 'function_call_output', call_id: message.call_id, output: 'Foggy.' }
  client.send({ type: 'conversation.item.create', item })
  client.send({ type: 'response.create' })
  await client.waitFor('response.done', { after: sequence })
  expect(connection.violations).toEqual([])
  return client.events
}

function recorded(file: string): readonly WireMessage[] {
  const { interactions } = parse(readFileSync(new URL(`${file}.yaml`, RECORDINGS), 'utf8')) as {
    readonly interactions: readonly { readonly direction: string; readonly data: WireMessage }[]
  }
  return interactions.filter(({ direction }) => direction === 'received').map(({ data }) => data)
}

/**
 * Each run of one type once. Left out is what comes according to the words: transcripts beside audio,
 * and the turns that a real detector finds in a real voice.
 */
function order(events: readonly WireMessage[]): readonly string[] {
  const types = events
    .map(({ type }) => type)
    .filter((type) => !type.startsWith(TRANSCRIPT) && type !== 'response.output_audio_transcript.delta')
  return types.filter((type, index) => type !== types[index - 1])
}

/** Names of the fields of each type of event, and of what they hold. */
function fieldsOf(events: readonly WireMessage[]): ReadonlyMap<string, ReadonlySet<string>> {
  const fields = new Map<string, Set<string>>()
  for (const event of events) {
    const into = fields.get(event.type) ?? new Set()
    fields.set(event.type, into)
    for (const [name, value] of Object.entries(event)) {
      into.add(name)
      if (typeof value !== 'object' || value === null) continue
      for (const inner of Object.keys(value)) into.add(`${name}.${inner}`)
    }
  }
  return fields
}

describe.skipIf(!existsSync(RECORDINGS))('beside real conversations', () => {
  test.each([
    ['a spoken turn', spokenTurn, 'test_audio_in_server_vad_turn'],
    ['a tool round', toolRound, 'test_tool_call_round'],
  ])('%s has their order, and their fields', async (_name, run, file) => {
    const [ours, real] = [await run(), recorded(file)]
    expect(order(ours)).toEqual(order(real))
    const fields = fieldsOf(ours)
    for (const [type, expected] of fieldsOf(real)) expect([type, fields.get(type)]).toEqual([type, expected])
  })
})

test('the subprotocol of the token is the one that is chosen', async () => {
  const { client } = await start()
  expect(await client.opened()).toMatch(/^xai-client-secret\./)
})

test('transcripts grow', async () => {
  const events = await spokenTurn()
  const told = events.filter(({ type }) => type === `${TRANSCRIPT}.updated`)
  expect(told.map(({ transcript }) => transcript)).toEqual([
    'Hello,',
    'Hello, my',
    'Hello, my name',
    'Hello, my name is',
  ])
  const completed = events.filter(({ type }) => type === `${TRANSCRIPT}.completed`)
  expect(completed.map(({ status }) => status)).toEqual(['in_progress', 'completed'])
})

test('turns are not found where the session asks for them in OpenAI’s place', async () => {
  const { client } = await start()
  update(client, { audio: { input: { ...FORMAT, turn_detection: { type: 'server_vad' } } } })
  await client.waitFor('session.updated')
  client.speak(await synthesize('Hello', USER))
  client.say('Hello')
  await client.waitFor('response.done')
  expect(client.types).not.toContain('input_audio_buffer.speech_started')
})

test('a truncation is not answered, and written answers are refused', async () => {
  const { client, connection } = await start()
  const target = { item_id: 'x', content_index: 0, audio_end_ms: 1 }
  client.send({ type: 'conversation.item.truncate', ...target })
  client.send({ type: 'session.update', session: { output_modalities: ['text'] } })
  const { message } = await client.waitFor('error')
  expect(message).toMatchObject({ error: { param: 'session.modalities' } })
  expect(connection.violations).toHaveLength(1)
})

test.each([true, false])(
  'a conversation goes on over another connection, if both ask for it: %s',
  async (asks) => {
    const { client, reconnect } = await start()
    update(client, { ...SESSION, resumption: { enabled: true } })
    const { message } = await client.waitFor('conversation.created')
    const { id } = message.conversation as { readonly id: string }
    client.say('Tell me about Rome')
    await client.waitFor('response.done')
    client.close()
    const second = await reconnect(`conversation_id=${id}`)
    update(second.client, asks ? { ...SESSION, resumption: { enabled: true } } : SESSION)
    const { sequence } = await second.client.waitFor('session.updated')
    second.client.say('And Naples?')
    await second.client.waitFor('response.done', { after: sequence })
    const replayed = second.client.events.filter(({ type }) => type === 'conversation.item.created')
    expect(replayed).toHaveLength(asks ? 2 : 0)
    const texts = second.connection.conversation.map(({ text }) => text)
    expect(texts.includes('Tell me about Rome')).toBe(asks)
  },
)
