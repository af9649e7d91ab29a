import { expect, test, vi } from 'vitest'
import type { RawClient } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

const USER = { sampleRate: 24_000, voice: 'en-us+f3' }
const STORY = 'Rome was not built in a day, and it will not be seen in one day either, whatever they say.'

function reply(): { readonly items: readonly [{ readonly type: 'message'; readonly text: string }] } {
  return { items: [{ type: 'message', text: STORY }] }
}

/** Lets the agent begin to talk; gives the id of its item. */
async function letTalk(client: RawClient): Promise<string> {
  await client.update({})
  client.say('Tell me about Rome')
  const { message } = await client.waitFor('response.output_audio.delta')
  return String(message.item_id)
}

test.each([0, 1, 3])('the user interrupts, and %i deltas still come', async (lateDeltas) => {
  const { client, connection } = await startRawConversation({ pace: 2, lateDeltas, reply })
  const itemId = await letTalk(client)
  const wait = await synthesize('Wait!', USER)
  // Without its end: all of it arrives at once, and the turn would end before the response has.
  client.speak(wait.subarray(0, 300 * 24), { afterMs: 0 })
  await client.waitFor('rate_limits.updated')
  const spoken = client.types.indexOf('input_audio_buffer.speech_started')
  const after = client.events.slice(spoken + 1)
  const types = after.map(({ type }) => type).filter((type) => !type.endsWith('transcript.delta'))
  expect(types).toEqual([
    ...Array.from({ length: lateDeltas }, () => 'response.output_audio.delta'),
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'conversation.item.done',
    'response.output_item.done',
    'response.done',
    'rate_limits.updated',
  ])
  expect(after.find(({ type }) => type === 'response.output_item.done')).toMatchObject({
    item: { id: itemId, status: 'incomplete' },
  })
  expect(after.find(({ type }) => type === 'response.done')).toMatchObject({
    response: { status: 'cancelled', status_details: { type: 'cancelled', reason: 'turn_detected' } },
  })
  expect(connection.violations).toEqual([])
})

test('the interrupting turn is answered when the interrupted answer has ended', async () => {
  const { client } = await startRawConversation({ pace: 2, reply })
  await letTalk(client)
  client.speak(await synthesize('Wait!', USER))
  const { sequence } = await client.waitFor('response.done')
  const { message } = await client.waitFor('response.created', { after: sequence })
  expect(message).toMatchObject({ response: { status: 'in_progress' } })
  expect(client.types).not.toContain('error')
})

test('speech does not interrupt where the session says so, and its turn is then lost', async () => {
  const { client, connection } = await startRawConversation({ pace: 5, reply })
  const detection = { type: 'server_vad', interrupt_response: false }
  await client.update({ audio: { input: { turn_detection: detection } } })
  await letTalk(client)
  client.speak(await synthesize('Wait!', USER))
  expect((await client.waitFor('error')).message).toMatchObject({
    error: { code: 'conversation_already_has_active_response', event_id: null },
  })
  expect((await client.waitFor('response.done')).message).toMatchObject({ response: { status: 'completed' } })
  expect(connection.violations).toEqual([])
})

test('a client cancels', async () => {
  const { client, connection } = await startRawConversation({ pace: 2, lateDeltas: 2, reply })
  await letTalk(client)
  client.send({ type: 'response.cancel' })
  expect((await client.waitFor('response.done')).message).toMatchObject({
    response: { status: 'cancelled', status_details: { reason: 'client_cancelled' } },
  })
  expect(connection.violations).toEqual([])
})

test('a response that is cancelled before it has said anything has no items', async () => {
  const { client } = await startRawConversation({ thinkingMs: 60_000, reply })
  await client.update({})
  client.say('Hello')
  await client.waitFor('response.created')
  client.send({ type: 'response.cancel' })
  expect((await client.waitFor('response.done')).message).toMatchObject({
    response: { status: 'cancelled', output: [] },
  })
})

test('what was not heard leaves the history', async () => {
  const { client, connection } = await startRawConversation({ pace: Infinity, reply })
  const itemId = await letTalk(client)
  await client.waitFor('response.done')
  const truncate = { type: 'conversation.item.truncate', item_id: itemId, content_index: 0 }
  client.send({ ...truncate, audio_end_ms: 1200 })
  expect((await client.waitFor('conversation.item.truncated')).message).toMatchObject({
    item_id: itemId,
    content_index: 0,
    audio_end_ms: 1200,
  })
  const item = connection.history.find(({ wire }) => wire.id === itemId)
  const transcript = item?.wire.type === 'message' ? String(item.wire.content[0]?.transcript) : ''
  expect(STORY.startsWith(transcript)).toBe(true)
  expect(transcript).toMatch(/^Rome was/)
  expect(transcript.length).toBeLessThan(STORY.length / 2)
  expect(item?.pcm?.length).toBe(1200 * 24)
  expect(connection.violations).toEqual([])
})

test('an item may be truncated while its late deltas still come', async () => {
  const { client, connection } = await startRawConversation({ pace: 2, reply })
  const itemId = await letTalk(client)
  client.send({ type: 'conversation.item.truncate', item_id: itemId, content_index: 0, audio_end_ms: 50 })
  client.send({ type: 'response.cancel' })
  await client.waitFor('response.done')
  const item = connection.history.find(({ wire }) => wire.id === itemId)
  expect(item?.wire).toMatchObject({ status: 'incomplete', content: [{ transcript: 'Rome' }] })
  expect(connection.violations).toEqual([])
})
