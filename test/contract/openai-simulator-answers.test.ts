import { expect, test, vi } from 'vitest'
import type { WireMessage } from '../simulators/openai/index.ts'
import type { RawClient } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'

vi.setConfig({ testTimeout: 30_000 })

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'Look up the weather for a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

/** Types of what came after an event, without deltas. */
function typesAfter(client: RawClient, type: string): readonly string[] {
  return client.types.slice(client.types.lastIndexOf(type) + 1).filter((name) => !name.endsWith('.delta'))
}

function answer(client: RawClient, callId: unknown, output: string): void {
  const item = { type: 'function_call_output', call_id: callId, output }
  client.send({ type: 'conversation.item.create', item })
}

function lastTranscript(events: readonly WireMessage[]): unknown {
  return events.findLast(({ type }) => type === 'response.output_audio_transcript.done')?.transcript
}

test('a tool round runs in the recorded order', async () => {
  const { client, connection } = await startRawConversation({ pace: Infinity })
  await client.update({ tools: [WEATHER] })
  client.say('What is the weather in London?')
  const { message: call } = await client.waitFor('response.function_call_arguments.done')
  expect(call).toMatchObject({ name: 'get_weather', arguments: '{"city":"London"}' })
  await client.waitFor('rate_limits.updated')
  expect(typesAfter(client, 'session.updated')).toEqual([
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'response.output_item.added',
    'conversation.item.added',
    'response.function_call_arguments.done',
    'conversation.item.done',
    'response.output_item.done',
    'response.done',
    'rate_limits.updated',
  ])
  answer(client, call.call_id, 'It is foggy and 12 degrees in London.')
  client.send({ type: 'response.create' })
  const { sequence } = await client.waitFor('response.output_audio_transcript.done')
  await client.waitFor('rate_limits.updated', { after: sequence })
  expect(lastTranscript(client.events)).toContain('It is foggy and 12 degrees in London.')
  expect(connection.violations).toEqual([])
})

test('an output may be sent before its call has ended', async () => {
  const { client, connection } = await startRawConversation({ pace: 0.5 })
  await client.update({ tools: [WEATHER] })
  client.say('What is the weather in London?')
  const { message: call } = await client.waitFor('response.function_call_arguments.done')
  answer(client, call.call_id, 'Foggy.')
  await client.waitFor('response.done')
  const added = client.events.findIndex(
    ({ type, item }) => type === 'conversation.item.added' && (item as WireMessage).output === 'Foggy.',
  )
  expect(added).toBeGreaterThan(0)
  expect(added).toBeLessThan(client.types.indexOf('response.done'))
  expect(connection.violations).toEqual([])
})

test('two places make two calls in one response', async () => {
  const { client } = await startRawConversation({ pace: Infinity })
  await client.update({ tools: [WEATHER] })
  client.say('Compare the temperature in Rome and Milan')
  await client.waitFor('response.done')
  const calls = client.events.filter(({ type }) => type === 'response.function_call_arguments.done')
  expect(calls.map((event) => event.arguments)).toEqual(['{"city":"Rome"}', '{"city":"Milan"}'])
  for (const [index, { call_id: callId }] of calls.entries()) answer(client, callId, `${20 + index} degrees`)
  client.send({ type: 'response.create' })
  await client.waitFor('response.output_audio_transcript.done')
  expect(lastTranscript(client.events)).toMatch(/20 degrees.*21 degrees/)
})

test('text is answered with text where the session asks for it', async () => {
  const { client } = await startRawConversation({ pace: Infinity })
  await client.update({ output_modalities: ['text'] })
  client.say('What should I see in Venice?')
  await client.waitFor('rate_limits.updated')
  expect(typesAfter(client, 'response.created')).toEqual([
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_text.done',
    'response.content_part.done',
    'conversation.item.done',
    'response.output_item.done',
    'response.done',
    'rate_limits.updated',
  ])
  const deltas = client.events.filter(({ type }) => type === 'response.output_text.delta')
  const done = client.events.find(({ type }) => type === 'response.output_text.done')
  expect(deltas.map(({ delta }) => delta).join('')).toBe(done?.text)
  expect(done?.text).toContain('Grand Canal')
})

test('a response out of band leaves the conversation alone and may run beside another', async () => {
  const { client, connection } = await startRawConversation({ pace: 4 })
  await client.update({})
  client.say('Tell me about Rome')
  await client.waitFor('response.output_audio.delta')
  const itemsBefore = connection.history.length
  const response = {
    conversation: 'none',
    input: [],
    output_modalities: ['text'],
    instructions: 'Say: "Beside."',
    metadata: { topic: 'aside' },
  }
  client.send({ type: 'response.create', response })
  const isAside = (event: WireMessage): boolean =>
    event.type === 'response.done' && (event.response as { metadata: unknown }).metadata !== null
  const { message, sequence } = await client.waitFor(isAside)
  expect(message.response).toMatchObject({
    conversation_id: null,
    metadata: { topic: 'aside' },
    output: [{ content: [{ type: 'output_text', text: 'Beside.' }] }],
  })
  expect(connection.history.length).toBe(itemsBefore)
  await client.waitFor('response.done', { after: sequence })
  expect(connection.violations).toEqual([])
})

test('a response ends incomplete at its limit of tokens', async () => {
  const { client } = await startRawConversation({ pace: Infinity })
  await client.update({ max_output_tokens: 3 })
  client.say('Tell me about Rome')
  expect((await client.waitFor('response.done')).message).toMatchObject({
    response: { status: 'incomplete', status_details: { reason: 'max_output_tokens' } },
  })
  expect(lastTranscript(client.events)).toBe('In Rome, begin')
})

test('a test may bring its own answers, several items in one response and a failure', async () => {
  const { client } = await startRawConversation({
    pace: Infinity,
    reply: ({ items }) =>
      items.length > 1
        ? { items: [], ending: { status: 'failed', error: { type: 'server_error', code: 'overloaded' } } }
        : {
            items: [
              { type: 'message', text: 'Let me see.', phase: 'commentary' },
              { type: 'function_call', name: 'look', arguments: '{}' },
            ],
          },
  })
  await client.update({ output_modalities: ['text'] })
  client.say('Anything')
  const { message, sequence } = await client.waitFor('response.done')
  expect(message.response).toMatchObject({
    status: 'completed',
    output: [
      { type: 'message', phase: 'commentary' },
      { type: 'function_call', arguments: '{}' },
    ],
  })
  client.send({ type: 'response.create' })
  const { message: second } = await client.waitFor('response.done', { after: sequence })
  expect(second.response).toMatchObject({
    status: 'failed',
    status_details: { error: { code: 'overloaded' } },
  })
})

test('items are inserted, retrieved and deleted', async () => {
  const { client, connection } = await startRawConversation()
  await client.update({})
  const create = (id: string, previous?: string): void => {
    const content = [{ type: 'input_text', text: id }]
    const item = { id, type: 'message', role: 'user', content }
    const place = previous === undefined ? {} : { previous_item_id: previous }
    client.send({ type: 'conversation.item.create', item, ...place })
  }
  create('b')
  create('d')
  create('a', 'root')
  create('c', 'b')
  client.send({ type: 'conversation.item.delete', item_id: 'd' })
  client.send({ type: 'conversation.item.retrieve', item_id: 'c' })
  expect((await client.waitFor('conversation.item.retrieved')).message).toMatchObject({ item: { id: 'c' } })
  expect(connection.history.map(({ wire }) => wire.id)).toEqual(['a', 'b', 'c'])
  const added = client.events.filter(({ type }) => type === 'conversation.item.added')
  expect(added.map((event) => event.previous_item_id)).toEqual([null, 'b', null, 'b'])
  expect(connection.violations).toEqual([])
})

test('an update is sparse, and null clears', async () => {
  const { client, connection } = await startRawConversation()
  await client.update({
    audio: { input: { transcription: { model: 'm' }, turn_detection: { type: 'semantic_vad' } } },
  })
  await client.update({ instructions: 'Be brief.', tools: [WEATHER] })
  expect(connection.config).toMatchObject({
    instructions: 'Be brief.',
    audio: {
      input: {
        transcription: { model: 'm', language: null, prompt: null },
        turn_detection: { type: 'semantic_vad', eagerness: 'auto', interrupt_response: true },
      },
      output: { voice: 'alloy' },
    },
  })
  await client.update({ tools: [], audio: { input: { transcription: null, turn_detection: null } } })
  expect(connection.config).toMatchObject({
    instructions: 'Be brief.',
    tools: [],
    audio: { input: { transcription: null, turn_detection: null } },
  })
})
