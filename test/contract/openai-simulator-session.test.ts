import { expect, onTestFinished, test, vi } from 'vitest'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import { RawClient } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

const USER = { sampleRate: 24_000, voice: 'en-us+f3' }

function seconds(count: number): Int16Array {
  return new Int16Array(count * 24_000)
}

test('a session says when it ends, and ends with an error before it closes', async () => {
  const { client } = await startRawConversation({ sessionSeconds: 0.2 })
  const { message } = await client.waitFor('session.created')
  const { expires_at: expiresAt } = message.session as { readonly expires_at: number }
  expect(Math.abs(expiresAt - Date.now() / 1000)).toBeLessThan(60)
  const { code } = await client.closed
  expect(client.events.at(-1)).toMatchObject({ type: 'error', error: { code: 'session_expired' } })
  expect(code).toBe(1001)
})

test('items that a client brings are what the service then remembers', async () => {
  const { client, connection } = await startRawConversation()
  const call = { type: 'function_call', call_id: 'call_1', name: 'look_up', arguments: '{"city":"Rome"}' }
  const items = [
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Rome?' }] },
    call,
    { type: 'function_call_output', call_id: 'call_1', output: 'Sunny.' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'It is sunny.' }] },
  ]
  for (const item of items) client.send({ type: 'conversation.item.create', item })
  await connection.waitFor((event) => JSON.stringify(event).includes('It is sunny.'))
  expect(connection.conversation.map(({ type, role, text }) => [role ?? type, text])).toEqual([
    ['user', 'Rome?'],
    ['function_call', '{"city":"Rome"}'],
    ['function_call_output', 'Sunny.'],
    ['assistant', 'It is sunny.'],
  ])
  expect(connection.violations).toEqual([])
})

test.each([
  ['a user does not speak as the model does', 'user', 'output_text'],
  ['nor does the model write as a user does', 'assistant', 'input_text'],
])('%s', async (_name, role, type) => {
  const { client, connection } = await startRawConversation()
  const item = { type: 'message', role, content: [{ type, text: 'Hello' }] }
  client.send({ type: 'conversation.item.create', item })
  await client.waitFor('error')
  expect(connection.conversation).toEqual([])
})

test('what was cut is remembered as cut', async () => {
  const { client, connection } = await startRawConversation({ pace: Infinity })
  client.say('Tell me about Rome')
  const { message } = await client.waitFor('response.output_audio.delta')
  await client.waitFor('response.done')
  const target = { item_id: message.item_id, content_index: 0, audio_end_ms: 500 }
  client.send({ type: 'conversation.item.truncate', ...target })
  await client.waitFor('conversation.item.truncated')
  expect(connection.conversation.at(-1)).toMatchObject({ role: 'assistant', truncatedAtMs: 500 })
})

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['reasoning', { reasoning: { effort: 'low' } }],
  ['a stored prompt', { prompt: { id: 'pmpt_1', version: '2', variables: { city: 'Rome' } } }],
  ['tracing', { tracing: { workflow_name: 'guide', group_id: 'g', metadata: { a: 1 } } }],
  ['automatic tracing', { tracing: 'auto' }],
  ['truncation', { truncation: 'disabled' }],
  [
    'a retention ratio',
    {
      truncation: {
        type: 'retention_ratio',
        retention_ratio: 0.8,
        token_limits: { post_instructions: 8000 },
      },
    },
  ],
  ['a limit of tokens', { max_output_tokens: 200 }],
  ['calls one by one', { parallel_tool_calls: false }],
  ['a forced tool', { tool_choice: { type: 'function', name: 'look_up' } }],
  ['a voice of its own', { audio: { output: { voice: { id: 'voice_1' } } } }],
  ['log probabilities', { include: ['item.input_audio_transcription.logprobs'] }],
])('a session takes %s, and shows it', async (_name, fields) => {
  const { client, connection } = await startRawConversation()
  await client.update(fields)
  expect(connection.config).toMatchObject(fields)
})

test.each([
  ['the model', { model: 'gpt-realtime-1.5' }, 'invalid_value'],
  ['the voice, once it was heard', { audio: { output: { voice: 'cedar' } } }, 'cannot_update_voice'],
])('%s cannot be changed', async (_name, fields, code) => {
  const { client } = await startRawConversation({ pace: Infinity })
  client.say('Hello')
  await client.waitFor('response.done')
  client.send({ type: 'session.update', session: { type: 'realtime', ...fields } })
  expect((await client.waitFor('error')).message).toMatchObject({ error: { code } })
})

test('an upgrade may end without a word', async () => {
  const simulator = createOpenAISimulator()
  onTestFinished(() => simulator.close())
  const { url } = await simulator.listen()
  simulator.nextConnection({ hangUp: true })
  const client = new RawClient({ url, token: 'ek_test' })
  expect((await client.closed).code).toBe(1006)
})

test('a page can ask over HTTP why it was not let in', async () => {
  const simulator = createOpenAISimulator()
  onTestFinished(() => simulator.close())
  const { httpUrl } = await simulator.listen()
  const ask = (token: string): Promise<Response> =>
    fetch(`${httpUrl}?model=m`, { headers: { authorization: `Bearer ${token}` } })
  const refused = await ask(simulator.mintToken({ ttlMs: -1 }).token)
  expect(refused.status).toBe(401)
  expect(await refused.json()).toMatchObject({ error: { code: 'invalid_api_key' } })
  expect((await ask(simulator.mintToken().token)).status).toBe(426)
  expect((await fetch(httpUrl, { method: 'OPTIONS' })).headers.get('access-control-allow-origin')).toBe('*')
})

test('where an upgrade was refused, the same is told over HTTP', async () => {
  const simulator = createOpenAISimulator()
  onTestFinished(() => simulator.close())
  const { url, httpUrl } = await simulator.listen()
  simulator.nextConnection({ refuse: 429 })
  const client = new RawClient({ url, token: 'ek_test' })
  await expect(client.opened()).rejects.toThrow('429')
  const answer = await fetch(httpUrl, { headers: { authorization: 'Bearer ek_test' } })
  expect(answer.status).toBe(429)
  expect(await answer.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
})

test('push to talk: nothing is answered before it is asked for, and an empty turn is refused', async () => {
  const { client, connection } = await startRawConversation()
  await client.update({ audio: { input: { turn_detection: null } } })
  client.speak(new Int16Array(24 * 60), { beforeMs: 0, afterMs: 0 })
  client.send({ type: 'input_audio_buffer.commit', event_id: 'commit' })
  expect((await client.waitFor('error')).message).toMatchObject({
    error: { code: 'input_audio_buffer_commit_empty', event_id: 'commit' },
  })
  client.speak(await synthesize('Hello', USER))
  client.send({ type: 'input_audio_buffer.clear' })
  await client.waitFor('input_audio_buffer.cleared')
  client.speak(await synthesize('Hello again', USER))
  client.send({ type: 'input_audio_buffer.commit' })
  await client.waitFor('conversation.item.done')
  expect(client.types).not.toContain('response.created')
  client.send({ type: 'response.create' })
  await client.waitFor('response.done')
  expect(connection.conversation.map(({ role }) => role)).toEqual(['user', 'assistant'])
})

test.each(['server_vad', 'semantic_vad'])('with %s, a turn may be left unanswered', async (type) => {
  const { client } = await startRawConversation()
  await client.update({ audio: { input: { turn_detection: { type, create_response: false } } } })
  client.speak(await synthesize('Hello', USER), { afterMs: 1500 })
  await client.waitFor('conversation.item.done')
  client.send({ type: 'response.create' })
  await client.waitFor('response.done')
  expect(client.types.filter((name) => name === 'response.created')).toHaveLength(1)
})

test('the less eager semantic detection is, the later a turn ends', async () => {
  const hello = await synthesize('Hello', USER)
  const ends: number[] = []
  for (const eagerness of ['high', 'auto', 'low']) {
    const { client } = await startRawConversation()
    const detection = { type: 'semantic_vad', eagerness, create_response: false }
    await client.update({ audio: { input: { turn_detection: detection } } })
    client.speak(hello, { afterMs: 1500 })
    const { message } = await client.waitFor('input_audio_buffer.speech_stopped')
    ends.push(Number(message.audio_end_ms))
  }
  expect(ends[1]).toBeGreaterThan((ends[0] ?? 0) + 200)
  expect(ends[2]).toBeGreaterThan((ends[1] ?? 0) + 200)
})

test('who says nothing for long is spoken to', async () => {
  const { client, connection } = await startRawConversation({ pace: Infinity })
  await client.update({
    audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: 5000 } } },
  })
  client.say('Hello')
  const { sequence } = await client.waitFor('rate_limits.updated')
  client.speak(seconds(12), { beforeMs: 0, afterMs: 0 })
  const { message } = await client.waitFor('input_audio_buffer.timeout_triggered')
  expect(Number(message.audio_end_ms)).toBeGreaterThan(5000)
  await client.waitFor('response.done', { after: sequence })
  const order = ['input_audio_buffer.timeout_triggered', 'input_audio_buffer.committed', 'response.created']
  const places = order.map((type) => client.types.lastIndexOf(type))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(connection.conversation.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
  expect(connection.utterances).toEqual([])
})
