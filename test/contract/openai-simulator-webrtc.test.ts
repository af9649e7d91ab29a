import { expect, test } from 'vitest'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'
import type { RawPeer } from '../simulators/openai/webrtc/raw-peer.ts'
import { startRawCall } from '../simulators/openai/webrtc/start-raw-call.ts'
import { synthesize } from '../simulators/speech.ts'

const USER = { sampleRate: 24_000, voice: 'en-us+f3' }
const STORY = 'Rome was not built in a day, and it will not be seen in one day either, whatever they say.'

function saying(text: string): () => { readonly items: readonly [{ type: 'message'; text: string }] } {
  return () => ({ items: [{ type: 'message', text }] })
}

function loudness(pcm: Int16Array = new Int16Array(1)): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length)
}

/** Lets the agent begin to be heard; gives the id of its item. */
async function letTalk(peer: RawPeer): Promise<string> {
  await peer.update({})
  peer.say('Tell me about Rome')
  const { message } = await peer.waitFor('response.output_item.added')
  await peer.waitFor('output_audio_buffer.started')
  return (message.item as { readonly id: string }).id
}

test('a call begins with session.created, and session.update is answered', async () => {
  const { peer, connection } = await startRawCall()
  await peer.update({ instructions: 'Be brief.' })
  expect(peer.types).toEqual(['session.created', 'session.updated'])
  expect(peer.events[0]).toMatchObject({ session: { model: 'gpt-realtime-2.1', object: 'realtime.session' } })
  expect(connection.transport).toBe('webrtc')
  expect(connection.received.map(({ message }) => message.type)).toEqual(['session.update'])
  expect(connection.violations).toEqual([])
})

test('the voice of the user is found in RTP, and the answer is heard as RTP', async () => {
  const { peer, connection } = await startRawCall({ reply: saying('Yes, at once.') })
  await peer.update({})
  await peer.speak(await synthesize('Hello there!', USER))
  await peer.waitFor('output_audio_buffer.stopped')
  expect(connection.utterances).toHaveLength(1)
  expect(loudness(connection.utterances[0]?.pcm)).toBeGreaterThan(300)
  const [answer] = connection.played.values()
  expect(answer).toMatchObject({ cut: false })
  expect(answer?.pcm).toEqual(connection.history.at(-1)?.pcm)
  expect(loudness(answer?.pcm)).toBeGreaterThan(1000)
  expect(loudness(peer.heard.slice())).toBeGreaterThan(200)
})

test('an answer is made faster than it is played, and its end is told when it was played', async () => {
  const { peer } = await startRawCall({ reply: saying('Yes, at once.') })
  await letTalk(peer)
  await peer.waitFor('output_audio_buffer.stopped')
  const order = peer.types.filter((type) =>
    /^(output_audio_buffer|response\.done|rate_limits|.*part\.added)/.test(type),
  )
  expect(order).toEqual([
    'response.content_part.added',
    'output_audio_buffer.started',
    'response.done',
    'rate_limits.updated',
    'output_audio_buffer.stopped',
  ])
  expect(peer.types).not.toContain('response.output_audio.delta')
  expect(peer.types).toContain('response.output_audio_transcript.delta')
})

test.each([
  ['is still being made', 2, 'cancelled'],
  ['is made already', Infinity, 'completed'],
])('the user interrupts an answer that %s', async (_, pace, status) => {
  const { peer, connection } = await startRawCall({ pace, reply: saying(STORY) })
  const itemId = await letTalk(peer)
  void peer.speak(await synthesize('Wait!', USER), { afterMs: 60_000 })
  const { message } = await peer.waitFor('conversation.item.truncated')
  const { message: done } = await peer.waitFor('response.done')
  expect(done).toMatchObject({ response: { status } })
  const begun = peer.types.indexOf('input_audio_buffer.speech_started')
  expect(peer.types.slice(begun, begun + 3)).toEqual([
    'input_audio_buffer.speech_started',
    'output_audio_buffer.cleared',
    'conversation.item.truncated',
  ])
  const played = connection.played.get(itemId)
  expect(played).toMatchObject({ cut: true, itemId })
  const heardMs = Math.floor((played?.playedSamples ?? 0) / 24)
  expect(message).toMatchObject({ item_id: itemId, content_index: 0, audio_end_ms: heardMs })
  const item = connection.history.find(({ wire }) => wire.id === itemId)
  expect(item?.pcm).toEqual(played?.pcm.slice(0, heardMs * 24))
  const transcript = item?.wire.type === 'message' ? String(item.wire.content[0]?.transcript) : ''
  expect(STORY.startsWith(transcript)).toBe(true)
  expect(transcript.length).toBeLessThan(STORY.length)
  expect(peer.types).not.toContain('output_audio_buffer.stopped')
  expect(connection.violations).toEqual([])
})

test('speech does not cut the answer where the session says so', async () => {
  const { peer, connection } = await startRawCall({ reply: saying(STORY) })
  const detection = { type: 'server_vad', interrupt_response: false, create_response: false }
  await peer.update({ audio: { input: { turn_detection: detection } } })
  const itemId = await letTalk(peer)
  await peer.speak(await synthesize('Wait!', USER))
  await peer.waitFor('input_audio_buffer.committed')
  expect(peer.types).not.toContain('output_audio_buffer.cleared')
  expect(connection.played.get(itemId)).toMatchObject({ cut: false })
})

test('a client cancels and clears, and the server truncates', async () => {
  const { peer, connection } = await startRawCall({ pace: 2, reply: saying(STORY) })
  const itemId = await letTalk(peer)
  peer.send({ type: 'response.cancel' })
  peer.send({ type: 'output_audio_buffer.clear' })
  const { message } = await peer.waitFor('output_audio_buffer.cleared')
  expect(message.response_id).toBe(connection.played.get(itemId)?.responseId)
  expect((await peer.waitFor('conversation.item.truncated')).message).toMatchObject({ item_id: itemId })
  const { message: done } = await peer.waitFor('response.done')
  expect(done).toMatchObject({ response: { status: 'cancelled' } })
  expect(connection.violations).toEqual([])
})

test('clearing when nothing plays does nothing', async () => {
  const { peer, connection } = await startRawCall()
  await peer.update({})
  peer.send({ type: 'output_audio_buffer.clear' })
  await peer.update({})
  expect(peer.types).toEqual(['session.created', 'session.updated', 'session.updated'])
  expect(connection.violations).toEqual([])
})

test.each([
  { type: 'input_audio_buffer.append', audio: 'AAAA' },
  { type: 'conversation.item.truncate', item_id: 'item_1', content_index: 0, audio_end_ms: 0 },
])('$type is refused over WebRTC', async (message) => {
  const { peer, connection } = await startRawCall()
  await peer.waitFor('session.created')
  peer.send({ ...message, event_id: 'mine' })
  expect((await peer.waitFor('error')).message).toMatchObject({ error: { event_id: 'mine', param: 'type' } })
  expect(connection.violations).toMatchObject([{ received: message }])
})

test('a connection over a WebSocket says so, plays nothing, and refuses to clear', async () => {
  const { client, connection } = await startRawConversation()
  await client.waitFor('session.created')
  client.send({ type: 'output_audio_buffer.clear' })
  await client.waitFor('error')
  expect(connection.violations).toHaveLength(1)
  expect(connection.transport).toBe('websocket')
  expect(connection.played.size).toBe(0)
})

test('Azure lets a browser see neither the session nor tools', async () => {
  const { peer } = await startRawCall({ reply: saying('Yes.') }, {}, '?webrtcfilter=on')
  await peer.opened
  peer.say('Hello')
  await peer.waitFor('output_audio_buffer.stopped')
  expect([...new Set(peer.types)].toSorted()).toEqual([
    'conversation.item.added',
    'output_audio_buffer.started',
    'output_audio_buffer.stopped',
    'response.output_audio_transcript.delta',
    'response.output_audio_transcript.done',
  ])
})
