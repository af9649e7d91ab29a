import { describe, expect, test, vi } from 'vitest'
import { encodePcm } from '../simulators/pcm.ts'
import { silence } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'
import type { WireMessage } from '../simulators/openai/index.ts'

vi.setConfig({ testTimeout: 30_000 })

const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }
const update = (session: Readonly<Record<string, unknown>>): WireMessage => ({
  type: 'session.update',
  session,
})
const append = (audio: string): WireMessage => ({ type: 'input_audio_buffer.append', audio })
const create = (item: Readonly<Record<string, unknown>>): WireMessage => ({
  type: 'conversation.item.create',
  item,
})
const truncate = (itemId: string, endMs: number): WireMessage => ({
  type: 'conversation.item.truncate',
  item_id: itemId,
  content_index: 0,
  audio_end_ms: endMs,
})

describe('a message that breaks the rules is answered with the error of the service, and recorded', () => {
  test.each<[name: string, message: WireMessage, code: string, param: string | null]>([
    ['an unknown type', { type: 'response.stop' }, 'invalid_value', 'type'],
    ['a beta field', update({ type: 'realtime', voice: 'marin' }), 'unknown_parameter', 'session.voice'],
    ['a session without a type', update({}), 'missing_required_parameter', 'session.type'],
    [
      'an unknown field deep inside',
      update({ type: 'realtime', tools: [{ type: 'function', name: 'f', strict: true }] }),
      'unknown_parameter',
      'session.tools[0].strict',
    ],
    [
      'null where nothing can be cleared',
      update({
        type: 'realtime',
        audio: { input: { turn_detection: { type: 'server_vad', create_response: null } } },
      }),
      'invalid_type',
      'session.audio.input.turn_detection.create_response',
    ],
    [
      'two modalities',
      update({ type: 'realtime', output_modalities: ['audio', 'text'] }),
      'invalid_value',
      'session.output_modalities',
    ],
    [
      'another rate',
      update({ type: 'realtime', audio: { input: { format: { type: 'audio/pcm', rate: 16_000 } } } }),
      'invalid_value',
      'session.audio.input.format.rate',
    ],
    ['another model', update({ type: 'realtime', model: 'gpt-5' }), 'invalid_value', 'session.model'],
    ['audio that is not base64', append('%%%%'), 'invalid_value', 'audio'],
    ['half a sample', append(Buffer.from([1, 2, 3]).toString('base64')), 'invalid_value', 'audio'],
    [
      'more audio than 15 MiB',
      append(Buffer.alloc(15 * 1024 * 1024 + 2).toString('base64')),
      'string_above_max_length',
      'audio',
    ],
    [
      'a commit of next to nothing',
      { type: 'input_audio_buffer.commit' },
      'input_audio_buffer_commit_empty',
      null,
    ],
    ['a message for WebRTC', { type: 'output_audio_buffer.clear' }, 'invalid_value', 'type'],
    [
      'an output of no call',
      create({ type: 'function_call_output', call_id: 'call_x', output: '' }),
      'invalid_tool_call_id',
      null,
    ],
    [
      'a spoken history',
      create({ type: 'message', role: 'assistant', content: [{ type: 'output_audio', transcript: 'Hi' }] }),
      'missing_required_parameter',
      'item.content[0].text',
    ],
    ['an id that is too long', create({ ...user, id: 'x'.repeat(33) }), 'string_above_max_length', 'item.id'],
    [
      'an item after one that is not there',
      { ...create(user), previous_item_id: 'item_x' },
      'invalid_value',
      'previous_item_id',
    ],
    ['a fraction of a millisecond', truncate('item_x', 1.5), 'invalid_type', 'audio_end_ms'],
    ['the truncation of nothing', truncate('item_x', 5), 'item_truncate_invalid_item_id', 'item_id'],
    [
      'the deletion of nothing',
      { type: 'conversation.item.delete', item_id: 'item_x' },
      'item_delete_invalid_item_id',
      'item_id',
    ],
    ['a cancellation of nothing', { type: 'response.cancel' }, 'response_cancel_not_active', null],
    [
      'a conversation of another name',
      { type: 'response.create', response: { conversation: 'other' } },
      'invalid_value',
      'response.conversation',
    ],
  ])('%s', async (_name, message, code, param) => {
    const { client, connection } = await startRawConversation()
    client.send({ ...message, event_id: 'mine' })
    const { message: answer } = await client.waitFor('error')
    expect(answer).toMatchObject({
      error: { type: 'invalid_request_error', code, param, event_id: 'mine' },
    })
    expect(connection.violations).toHaveLength(1)
    expect(connection.violations[0]).toMatchObject({ code, received: { event_id: 'mine' } })
  })

  test.each([
    ['not JSON', '{"type":'],
    ['a JSON string', '"hello"'],
    ['binary', new Uint8Array(3)],
  ])('a frame that is %s', async (_name, frame) => {
    const { client } = await startRawConversation()
    await client.waitFor('session.created')
    client.sendFrame(frame)
    expect((await client.waitFor('error')).message).toMatchObject({ error: { code: 'invalid_json' } })
  })
})

describe('after the agent has spoken', () => {
  test('its voice is fixed, and no item can be cut beyond its end or where it has no audio', async () => {
    const { client, connection } = await startRawConversation({ pace: Infinity })
    await client.update({ audio: { output: { voice: 'marin' } } })
    client.say('Hello')
    await client.waitFor('response.done')
    const [question, spoken] = connection.history
    if (!question || !spoken?.pcm) throw new Error('nothing was said')
    const lengthMs = spoken.pcm.length / 24
    client.send(update({ type: 'realtime', audio: { output: { voice: 'marin' } } }))
    client.send(update({ type: 'realtime', audio: { output: { voice: 'cedar' } } }))
    client.send(truncate(spoken.wire.id, Math.floor(lengthMs)))
    client.send(truncate(spoken.wire.id, Math.ceil(lengthMs) + 1))
    client.send(truncate(question.wire.id, 0))
    await vi.waitFor(() => expect(connection.violations).toHaveLength(3))
    expect(connection.violations.map(({ code }) => code)).toEqual([
      'cannot_update_voice',
      'invalid_value',
      'unsupported_content_type',
    ])
    expect(connection.violations[1]?.message).toMatch(
      /^Audio content of \d+ms is already shorter than \d+ms$/,
    )
  })

  test('it is not asked to speak twice at once', async () => {
    const { client, connection } = await startRawConversation({ pace: 1 })
    await client.update({})
    client.say('Hello')
    await client.waitFor('response.output_audio.delta')
    client.send({ type: 'response.create', event_id: 'second' })
    const { message } = await client.waitFor('error')
    expect(message).toMatchObject({
      error: { code: 'conversation_already_has_active_response', event_id: 'second' },
    })
    expect(connection.violations).toHaveLength(1)
  })
})

test('a call is answered once', async () => {
  const { client, connection } = await startRawConversation({
    pace: Infinity,
    reply: () => ({ items: [{ type: 'function_call', name: 'f', arguments: '{}' }] }),
  })
  await client.update({})
  client.say('Hello')
  const { message } = await client.waitFor('response.function_call_arguments.done')
  const item = { type: 'function_call_output', call_id: message.call_id, output: 'x' }
  client.send(create(item))
  client.send(create(item))
  await client.waitFor('error')
  expect(connection.violations.map(({ code }) => code)).toEqual(['invalid_tool_call_id'])
})

test('a client that keeps to the rules leaves no trace', async () => {
  const { client, connection } = await startRawConversation()
  await client.update({ audio: { input: { turn_detection: null } } })
  client.send(append(encodePcm(silence(200))))
  client.send({ type: 'input_audio_buffer.clear' })
  await client.waitFor('input_audio_buffer.cleared')
  client.send(create(user))
  await client.waitFor('conversation.item.done')
  expect(connection.violations).toEqual([])
  expect(connection.received.map(({ message }) => message.type)).toEqual([
    'session.update',
    'input_audio_buffer.append',
    'input_audio_buffer.clear',
    'conversation.item.create',
  ])
})
