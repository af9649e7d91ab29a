import { existsSync, readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import { describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import type { OpenAISimulatorOptions, WireMessage } from '../simulators/openai/index.ts'
import type { RawClient } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 60_000 })

const CONFORMANCE = new URL('../../../shared/conformance/', import.meta.url)
const USER = { sampleRate: 24_000, voice: 'en-us+f3' }
const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'Look up the weather for a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** The published schemas as JSON Schema: `discriminator` and `nullable` are OpenAPI's own. */
function readSchemas(): { readonly components: Json } {
  const text = readFileSync(new URL('openai-openapi/realtime-subset.openapi.json', CONFORMANCE), 'utf8')
  return JSON.parse(text, (name, value: Json) => {
    if (name === 'discriminator' || name === 'nullable') return undefined
    // Its alternatives are a string, and one of two strings: both fit, where one should.
    const either = name === 'conversation' && typeof value === 'object' && value !== null && 'oneOf' in value
    return either ? { anyOf: value.oneOf ?? [] } : value
  }) as { readonly components: Json }
}

/** Real sessions carry `null` where the schemas have none. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== null)
      .map(([name, part]) => [name, withoutNulls(part)]),
  )
}

function eventValidator(direction: 'Server' | 'Client'): (event: WireMessage) => readonly string[] {
  const schemas = readSchemas()
  const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(schemas, 'openai')
  const union = (schemas.components as { schemas: Record<string, { anyOf: { $ref: string }[] }> }).schemas
  const validators = new Map<string, ValidateFunction>()
  for (const { $ref } of union[`Realtime${direction}Event`]?.anyOf ?? []) {
    const name = $ref.replace(/.*\//, '')
    const [type] = (union as Record<string, { properties?: { type: { enum: string[] } } }>)[name]?.properties
      ?.type.enum ?? ['']
    validators.set(String(type), ajv.compile({ $ref: `openai${$ref}` }))
  }
  return (event) => {
    const validate = validators.get(event.type)
    if (!validate) return [`${event.type} is not in the schema`]
    return validate(withoutNulls(event)) ? [] : [`${event.type}: ${ajv.errorsText(validate.errors)}`]
  }
}

/** What a session does, and the options that it needs. */
const SESSIONS: Readonly<
  Record<string, readonly [OpenAISimulatorOptions, (client: RawClient) => Promise<void>]>
> = {
  'a spoken turn': [
    {},
    async (client) => {
      await client.update({ audio: { input: { transcription: { model: 'gpt-realtime-whisper' } } } })
      client.speak(await synthesize('Where can I see the sunset?', USER))
      await client.waitFor('rate_limits.updated')
      await client.waitFor('conversation.item.input_audio_transcription.completed')
    },
  ],
  'a barge-in': [
    { pace: 2 },
    async (client) => {
      await client.update({})
      client.say('Tell me about Rome')
      const { message } = await client.waitFor('response.output_audio.delta')
      client.speak(await synthesize('Wait!', USER))
      const target = { item_id: message.item_id, content_index: 0, audio_end_ms: 40 }
      client.send({ type: 'conversation.item.truncate', ...target })
      await client.waitFor('rate_limits.updated')
      await client.waitFor('conversation.item.truncated')
    },
  ],
  'a tool round': [
    { pace: Infinity },
    async (client) => {
      const audio = { input: { transcription: { model: 'gpt-realtime-whisper' } } }
      await client.update({ output_modalities: ['text'], tools: [WEATHER], audio })
      client.say('What is the weather in London?')
      const { message } = await client.waitFor('response.function_call_arguments.done')
      const { sequence } = await client.waitFor('response.done')
      const item = { type: 'function_call_output', call_id: message.call_id, output: 'Foggy, 12 degrees.' }
      client.send({ type: 'conversation.item.create', item })
      client.send({ type: 'response.create' })
      await client.waitFor('rate_limits.updated', { after: sequence + 2 })
    },
  ],
  'errors, and the rest': [
    { transcribe: () => Promise.reject(new Error('no')) },
    async (client) => {
      await client.update({ audio: { input: { transcription: { model: 'm' }, turn_detection: null } } })
      client.send({ type: 'input_audio_buffer.clear' })
      client.speak(new Int16Array(24_000))
      client.send({ type: 'input_audio_buffer.commit' })
      await client.waitFor('conversation.item.input_audio_transcription.failed')
      const { message } = await client.waitFor('conversation.item.done')
      const { id } = message.item as { readonly id: string }
      client.send({ type: 'response.cancel' })
      client.send({ type: 'conversation.item.retrieve', item_id: id })
      client.send({ type: 'conversation.item.delete', item_id: id })
      await client.waitFor('conversation.item.deleted')
    },
  ],
  'a call that needs approval': [
    {
      pace: Infinity,
      mcpServers: { docs: { tools: [{ name: 'search', input_schema: {} }], call: () => 'Found' } },
    },
    async (client) => {
      const servers = ['docs', 'lost'].map((label) => ({
        type: 'mcp',
        server_label: label,
        server_url: 'https://a.b',
      }))
      await client.update({ output_modalities: ['text'], tools: servers })
      await client.waitFor('mcp_list_tools.failed')
      client.say('Search for Rome')
      const { message } = await client.waitFor('conversation.item.done', { after: 8 })
      const { sequence } = await client.waitFor('rate_limits.updated')
      const request = client.events.find(({ item }) => JSON.stringify(item)?.includes('mcp_approval_request'))
      const { id } = (request ?? message).item as { readonly id: string }
      const item = { id: 'mcpr_1', type: 'mcp_approval_response', approval_request_id: id, approve: true }
      client.send({ type: 'conversation.item.create', item })
      await client.waitFor('response.mcp_call.completed')
      await client.waitFor('response.output_text.done', { after: sequence })
    },
  ],
  'an answer of many items, beside another one': [
    {
      rateLimits: 'before',
      reply: () => ({
        interleaved: true,
        items: [
          { type: 'message', text: 'Let me look.', phase: 'commentary' },
          { type: 'function_call', name: 'look_up', arguments: '{"a":1}' },
          { type: 'message', text: 'Done.', phase: 'final_answer' },
        ],
      }),
    },
    async (client) => {
      const image_url = 'data:image/png;base64,iVBORw0KGgo='
      await client.update({ reasoning: { effort: 'low' }, tracing: 'auto', truncation: 'disabled' })
      const item = { type: 'message', role: 'user', content: [{ type: 'input_image', image_url }] }
      client.send({ type: 'conversation.item.create', item })
      client.send({ type: 'response.create' })
      const beside = { conversation: 'none', metadata: { a: 'b' }, output_modalities: ['text'], input: [] }
      client.send({ type: 'response.create', response: beside })
      const { sequence } = await client.waitFor('response.done')
      await client.waitFor('response.done', { after: sequence })
    },
  ],
  'a transcript of several speakers, and a long silence': [
    {
      pace: Infinity,
      transcribe: () => ({
        text: 'Hello',
        segments: [{ speaker: 'A', text: 'Hello', startMs: 0, endMs: 1 }],
      }),
      reply: () => ({ items: [], ending: { status: 'incomplete', reason: 'content_filter' } }),
    },
    async (client) => {
      const detection = { type: 'server_vad', idle_timeout_ms: 5000 }
      await client.update({
        audio: { input: { transcription: { model: 'm' }, turn_detection: detection } },
        include: ['item.input_audio_transcription.logprobs'],
      })
      client.say('Hello')
      const { sequence } = await client.waitFor('rate_limits.updated')
      client.speak(new Int16Array(24_000 * 6))
      await client.waitFor('input_audio_buffer.timeout_triggered')
      await client.waitFor('conversation.item.input_audio_transcription.completed')
      await client.waitFor('rate_limits.updated', { after: sequence })
    },
  ],
}

/** Runs a session; gives what the server and the client sent. */
async function record(name: string): Promise<readonly [WireMessage[], WireMessage[]]> {
  const [options, run] = SESSIONS[name] ?? [{}, () => Promise.reject(new Error(name))]
  const { client, connection } = await startRawConversation(options)
  await run(client)
  return [[...client.events], connection.received.map(({ message }) => message)]
}

/**
 * The order of a session: each run of one type once. Left out is what may come anywhere, or comes
 * according to the words: deltas beside each other, the user's transcript, rate limits.
 */
function order(events: readonly WireMessage[]): readonly string[] {
  const types = events
    .map(({ type }) => type)
    .filter((type) => !/input_audio_transcription|rate_limits|output_audio_transcript\.delta/.test(type))
  return types.filter((type, index) => type !== types[index - 1])
}

function recordedEvents(file: string): readonly WireMessage[] {
  const text = readFileSync(new URL(`recordings/openai/${file}.yaml`, CONFORMANCE), 'utf8')
  const { interactions } = parse(text) as {
    readonly interactions: readonly { readonly direction: string; readonly data: WireMessage }[]
  }
  return interactions.filter(({ direction }) => direction === 'received').map(({ data }) => data)
}

/** Names of all fields at any depth, of each type of event. */
function fieldsOf(events: readonly WireMessage[]): ReadonlyMap<string, ReadonlySet<string>> {
  const fields = new Map<string, Set<string>>()
  const collect = (into: Set<string>, value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, part] of Object.entries(value)) {
      // What a tool's schema is made of is the page's business.
      if (name === 'parameters') continue
      const step = Array.isArray(value) ? `${path}[]` : `${path}.${name}`
      if (!Array.isArray(value)) into.add(step)
      collect(into, part, step)
    }
  }
  for (const event of events) {
    const into = fields.get(event.type) ?? new Set()
    fields.set(event.type, into)
    collect(into, event, '')
  }
  return fields
}

describe.skipIf(!existsSync(CONFORMANCE))('the simulator against data that nobody here wrote', () => {
  test.each(Object.keys(SESSIONS))('every message of %s fits the published schema', async (name) => {
    const [events, clientMessages] = await record(name)
    expect(events.length).toBeGreaterThan(5)
    expect(events.flatMap(eventValidator('Server'))).toEqual([])
    expect(clientMessages.flatMap(eventValidator('Client'))).toEqual([])
  })

  test('the check finds what is wrong', () => {
    const problems = eventValidator('Server')
    expect(problems({ type: 'response.output_audio.delta', event_id: 'event_1' })).toHaveLength(1)
    expect(problems({ type: 'response.audio.delta', event_id: 'event_1' })).toHaveLength(1)
  })

  test.each([
    ['a spoken turn', 'test_audio_in_server_vad_turn'],
    ['a tool round', 'test_tool_call_round'],
  ])('%s comes in the order of a real one', async (name, file) => {
    const [events] = await record(name)
    expect(order(events)).toEqual(order(recordedEvents(file)))
  })

  test.each([
    ['a spoken turn', 'test_audio_in_server_vad_turn'],
    ['a tool round', 'test_tool_call_round'],
  ])('events of %s have the fields of real ones, and no others', async (name, file) => {
    const real = fieldsOf(recordedEvents(file))
    const [events] = await record(name)
    const ours = fieldsOf(events)
    for (const [type, fields] of real) expect([type, ours.get(type)]).toEqual([type, fields])
  })

  test('every real client message is accepted', async () => {
    const { checkClientMessage } = await import('../simulators/openai/client-messages.ts')
    const files = ['test_audio_in_server_vad_turn', 'test_text_in_audio_out_turn', 'test_tool_call_round']
    for (const file of files) {
      const text = readFileSync(new URL(`recordings/openai/${file}.yaml`, CONFORMANCE), 'utf8')
      const { interactions } = parse(text) as {
        readonly interactions: readonly { readonly direction: string; readonly data: unknown }[]
      }
      const sent = interactions.filter(({ direction }) => direction === 'sent')
      expect(sent.length).toBeGreaterThan(1)
      for (const { data } of sent) expect(checkClientMessage(data).error?.issues ?? []).toEqual([])
    }
  })
})
