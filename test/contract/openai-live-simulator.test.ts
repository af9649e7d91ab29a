import { OpenAILiveWebRTC } from 'openai/live/webrtc'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  createLiveSimulator,
  type LiveConnection,
  type LiveSimulatorOptions,
} from '../simulators/openai-live/index.ts'
import { RawPeer } from '../simulators/openai/webrtc/raw-peer.ts'
import { loadWrtc } from '../simulators/openai/webrtc/wrtc.ts'
import { synthesize } from '../simulators/speech.ts'

const USER = { sampleRate: 24_000, voice: 'en-us+f3' }
const STORY = 'Rome was not built in a day, and it will not be seen in one day either, whatever they say.'

async function listen(options: LiveSimulatorOptions = {}, onFinish: typeof onTestFinished = onTestFinished) {
  const simulator = createLiveSimulator(options)
  const { url } = await simulator.listen()
  onFinish(() => simulator.close())
  const peer = new RawPeer(await loadWrtc())
  onFinish(() => peer.close())
  const post = async (session: unknown, action = '', key = 'sk-test'): Promise<Response> => {
    const transport = { type: 'webrtc', sdp: await peer.offer() }
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ session, transport })
    return fetch(`${url}/sessions${action}`, { method: 'POST', headers, body })
  }
  const call = async (session: object = {}): Promise<LiveConnection> => {
    const response = await post({ model: 'gpt-live-1', ...session })
    const { transport } = (await response.json()) as { transport: { sdp: string } }
    await peer.accept(transport.sdp)
    await peer.waitFor('session.started')
    return simulator.connection()
  }
  return { simulator, peer, post, call, url }
}

const textOf = (peer: RawPeer, type: string): string =>
  peer.events
    .filter((event) => event.type === type)
    .map(({ delta }) => String(delta))
    .join('')

test('a session begins by itself, with what the service makes of it', async () => {
  const { peer, call } = await listen()
  const { id } = await call()
  expect(id).toMatch(/^live_/)
  expect(peer.types).toEqual(['session.started'])
  expect(peer.events[0]).toMatchObject({
    session: { id, status: 'active', audio: { output: { voice: 'marin' } }, delegation: { type: 'client' } },
  })
})

test.each([
  [{ model: 'gpt-live-1', turn_detection: null }, 'unknown_parameter', 'session.turn_detection'],
  [{}, 'missing_required_parameter', 'session.model'],
  [
    { model: 'gpt-live-1', delegation: { type: 'responses' } },
    'missing_required_parameter',
    'session.delegation.responses',
  ],
])('a session that is not one is refused: %j', async (session, code, param) => {
  const { post } = await listen()
  const response = await post(session)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code, param } })
})

test('a page has no key, so it cannot open a session itself', async () => {
  const { post } = await listen()
  expect((await post({ model: 'gpt-live-1' }, '', 'ek_test')).status).toBe(401)
})

test.concurrent('words come as they are spoken, with their times, and the voice is in RTP', async ({
  onTestFinished,
}) => {
  const { peer, call } = await listen({}, onTestFinished)
  const { session } = await call()
  await session.say('Rome was not built in a day.')
  await peer.waitFor(({ delta }) => String(delta).includes('day'))
  const deltas = peer.events.filter(({ type }) => type === 'session.output_transcript.delta')
  expect(textOf(peer, 'session.output_transcript.delta')).toBe('Rome was not built in a day.')
  const starts = deltas.map(({ start_ms }) => Number(start_ms))
  expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  for (const { start_ms, end_ms } of deltas) expect(Number(end_ms)).toBeGreaterThanOrEqual(Number(start_ms))
  expect(peer.heard.slice().some((sample) => Math.abs(sample) > 2000)).toBe(true)
})

test.concurrent('the voice breaks off when the user talks into it, and answers', async ({
  onTestFinished,
}) => {
  const { peer, call } = await listen({ transcribe: () => 'Wait a moment please' }, onTestFinished)
  const { session } = await call()
  await session.say(`${STORY} ${STORY}`)
  await peer.waitFor('session.output_transcript.delta')
  void peer.speak(await synthesize('Wait a moment, please!', USER), { afterMs: 30_000 })
  await peer.waitFor('session.input_transcript.delta')
  await peer.waitFor(({ delta }) => String(delta).includes('heard'))
  expect(textOf(peer, 'session.input_transcript.delta')).toBe('Wait a moment please')
  expect(textOf(peer, 'session.output_transcript.delta')).not.toContain('say. Rome')
})

test('what the channel may not send is refused, and what it may not get does not come', async () => {
  const { peer, call } = await listen()
  const data_channel = {
    allowed_client_events: ['session.input_audio.mute'],
    allowed_server_events: [{ type: 'session.started' }, { type: 'error' }],
  }
  const connection = await call({ client: { data_channel } })
  peer.send({ type: 'session.input_audio.mute' })
  peer.send({ type: 'session.update', session: {}, event_id: 'mine' })
  const { message } = await peer.waitFor('error')
  expect(message).toMatchObject({ error: { code: 'event_not_allowed', client_event_id: 'mine' } })
  expect(peer.types).toEqual(['session.started', 'error'])
  expect(connection.violations).toMatchObject([{ type: 'session.update' }])
})

test.each([
  ['session.start', {}, 'invalid_value'],
  ['session.commentary.append', { content: 'x' }, 'missing_required_parameter'],
  [
    'session.commentary.append',
    { content: 'x'.repeat(3000), delegation_id: null },
    'string_above_max_length',
  ],
  ['session.commentary.append', { content: 'x', delegation_id: 'dlg_none' }, 'invalid_value'],
  ['response.create', {}, 'invalid_request'],
])('%s is refused if it is not as it must be', async (type, fields, code) => {
  const { peer, call } = await listen()
  await call()
  peer.send({ type, ...fields })
  expect((await peer.waitFor('error')).message).toMatchObject({ error: { code } })
})

test.each(['expired', 'content', 'remote_hangup'] as const)('a session ends: %s', async (reason) => {
  const { peer, call } = await listen()
  const connection = await call()
  connection.end(reason)
  const { message } = await peer.waitFor('session.closed')
  expect(message).toMatchObject({ reason, session: { id: connection.id }, usage: {} })
  await peer.closed
})

test('a session that was stored can be forked, another cannot', async () => {
  const { peer, call, url, simulator } = await listen()
  const { id } = await call({ store: true })
  const fork = async (of: string): Promise<Response> => {
    const page = new RawPeer(await loadWrtc())
    onTestFinished(() => page.close())
    const body = JSON.stringify({ transport: { type: 'webrtc', sdp: await page.offer() } })
    return fetch(`${url}/sessions/${of}/fork`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-1' },
      body,
    })
  }
  expect((await fork(id)).status).toBe(201)
  expect((await fork('live_none')).status).toBe(404)
  expect(peer.connectionState).toBe('connected')
  await simulator.close()
})

test('OpenAI’s own client connects, and takes every event for one of its own', async () => {
  const { RTCPeerConnection } = await loadWrtc()
  vi.stubGlobal('RTCPeerConnection', RTCPeerConnection)
  onTestFinished(() => void vi.unstubAllGlobals())
  const { url, simulator } = await listen()
  const client = new OpenAILiveWebRTC()
  onTestFinished(() => client.close())
  const kept = client.peerConnection.addTransceiver('audio')
  const types: string[] = []
  const troubles: string[] = []
  client.onEvent(({ type }) => types.push(type))
  client.onConnectionEvent(({ type }) => troubles.push(type))
  const started = new Promise((resolve) => {
    client.on('session.started', resolve)
  })
  await client.connect({
    exchangeSdp: async (sdp) => {
      const headers = { authorization: 'Bearer sk-test' }
      const body = JSON.stringify({ session: { model: 'gpt-live-1' }, transport: { type: 'webrtc', sdp } })
      const response = await fetch(`${url}/sessions`, { method: 'POST', headers, body })
      return ((await response.json()) as { transport: { sdp: string } }).transport.sdp
    },
  })
  await started
  const connection = await simulator.connection()
  client.send({ type: 'session.commentary.append', content: 'Hi.', delegation_id: null })
  await connection.waitFor('session.output_transcript.delta')
  client.send({ type: 'session.close' })
  await connection.closed
  await expect.poll(() => types).toContain('session.closed')
  expect(types).toEqual([
    'session.started',
    'session.commentary.appended',
    'session.output_transcript.delta',
    'session.closed',
  ])
  expect(troubles).not.toContain('error')
  expect(connection.violations).toEqual([])
  expect(kept.mid).not.toBeNull()
})
