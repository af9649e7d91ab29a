import { request as httpRequest } from 'node:http'
import { expect, test } from 'vitest'
import {
  newRawPeer,
  postOffer,
  startCallServer,
  startRawCall,
} from '../simulators/openai/webrtc/start-raw-call.ts'

const OFFER = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n'
const TOKEN = 'ek_test_call'
const KEY = 'sk-test-0123456789'

async function errorOf(response: Response): Promise<readonly [number, unknown]> {
  const { error } = (await response.json()) as { readonly error: { readonly code: string } }
  expect(error).toMatchObject({ type: 'invalid_request_error', message: expect.any(String) as string })
  return [response.status, error.code]
}

test('the answer to an offer is SDP, with the headers that a page needs', async () => {
  const { callsUrl } = await startCallServer()
  const peer = await newRawPeer()
  const response = await postOffer(`${callsUrl}?model=gpt-realtime-2.1`, TOKEN, await peer.offer())
  expect(response.status).toBe(201)
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(response.headers.get('location')).toMatch(/^\/v1\/realtime\/calls\/rtc_\w+$/)
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(response.headers.get('access-control-expose-headers')).toBe('Location, X-Request-Id')
  const answer = await response.text()
  for (const line of ['opus/48000/2', 'a=setup:active', 'webrtc-datachannel', 'a=candidate:']) {
    expect(answer).toContain(line)
  }
})

test('a preflight is answered', async () => {
  const { callsUrl } = await startCallServer()
  const headers = { 'access-control-request-headers': 'authorization,content-type', origin: 'http://page' }
  const response = await fetch(callsUrl, { method: 'OPTIONS', headers })
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type')
  expect(response.headers.get('access-control-allow-methods')).toContain('POST')
})

test('tokens that open nothing are refused, and are not repeated', async () => {
  const { simulator, callsUrl } = await startCallServer()
  const expired = simulator.mintToken({ ttlMs: -1 }).token
  for (const token of ['ek_unknown', expired, 'nonsense']) {
    const response = await postOffer(callsUrl, token, OFFER)
    expect(await response.clone().text()).not.toContain(token)
    expect(await errorOf(response)).toEqual([401, 'invalid_api_key'])
  }
  const bare = await fetch(callsUrl, { method: 'POST', body: OFFER })
  expect(await errorOf(bare)).toEqual([401, 'missing_api_key'])
})

test('only the API key of the simulator is taken, if it has one', async () => {
  const { callsUrl } = await startCallServer({ apiKey: KEY })
  expect(await errorOf(await postOffer(callsUrl, 'sk-other', OFFER))).toEqual([401, 'invalid_api_key'])
  expect(await errorOf(await postOffer(callsUrl, KEY, OFFER))).toEqual([400, 'invalid_value'])
})

test.each([
  ['no SDP', 'hello'],
  ['without media', OFFER],
  ['without a data channel', `${OFFER}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`],
  ['that cannot be parsed', `${OFFER}m=audio nonsense\r\nm=application 9 x\r\n`],
])('an offer %s is refused', async (_, offer) => {
  const { callsUrl } = await startCallServer()
  const [status, code] = await errorOf(await postOffer(callsUrl, TOKEN, offer))
  expect(status).toBe(400)
  expect(code).toMatch(/invalid_(value|offer)/)
})

test('a body of another type is refused', async () => {
  const { callsUrl } = await startCallServer()
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const response = await fetch(callsUrl, { method: 'POST', headers, body: '{}' })
  expect(await errorOf(response)).toEqual([400, 'unsupported_content_type'])
})

function form(parts: Readonly<Record<string, string>>): RequestInit {
  const body = new FormData()
  for (const [name, value] of Object.entries(parts)) body.set(name, value)
  return { method: 'POST', headers: { authorization: `Bearer ${KEY}` }, body }
}

test("a server calls for its page with a form, and the form's session counts", async () => {
  const { simulator, callsUrl } = await startCallServer()
  const peer = await newRawPeer()
  const session = { type: 'realtime', model: 'gpt-realtime-2.1', instructions: 'Answer in two words.' }
  const parts = { sdp: await peer.offer(), session: JSON.stringify(session) }
  const response = await fetch(callsUrl, form(parts))
  expect(response.status).toBe(201)
  await peer.accept(await response.text())
  const { message } = await peer.waitFor('session.created')
  expect(message).toMatchObject({ session })
  expect((await simulator.connection()).config).toMatchObject(session)
})

test('a form without an offer, or with a wrong session, is refused', async () => {
  const { callsUrl } = await startCallServer()
  expect(await errorOf(await fetch(callsUrl, form({ session: '{}' })))).toEqual([
    400,
    'missing_required_parameter',
  ])
  const wrong = form({ sdp: OFFER, session: '{"type":"realtime","voice":"marin"}' })
  expect(await errorOf(await fetch(callsUrl, wrong))).toEqual([400, 'unknown_parameter'])
})

test('a call is hung up', async () => {
  const { peer, connection, location, callsUrl } = await startRawCall()
  await peer.waitFor('session.created')
  const headers = { authorization: `Bearer ${KEY}` }
  const unknown = await fetch(`${callsUrl}/rtc_none/hangup`, { method: 'POST', headers })
  expect(await errorOf(unknown)).toEqual([404, 'call_id_not_found'])
  expect(await errorOf(await fetch(`${location}/hangup`, { method: 'POST' }))).toEqual([
    401,
    'missing_api_key',
  ])
  expect((await fetch(`${location}/hangup`, { method: 'POST', headers })).status).toBe(200)
  expect(await connection.closed).toMatchObject({ code: 1000 })
  await peer.closed
})

test('a peer that goes ends its connection', async () => {
  const { peer, connection } = await startRawCall()
  await peer.waitFor('session.created')
  peer.close()
  expect(await connection.closed).toMatchObject({ reason: '' })
})

test.each([
  { at: { type: 'session.updated' }, do: 'drop' },
  { at: { events: 2 }, do: 'close', code: 1011 },
] as const)('the connection fails as planned: $do', async (step) => {
  const { peer, connection } = await startRawCall({}, { steps: [step], duplicate: ['session.updated'] })
  await peer.waitFor('session.created')
  peer.send({ type: 'session.update', session: { type: 'realtime' } })
  await peer.closed
  expect(await connection.closed).toMatchObject({ code: step.do === 'drop' ? 1006 : 1011 })
  expect(connection.sent.map(({ message }) => message.type)).toEqual([
    'session.created',
    'session.updated',
    'session.updated',
  ])
})

test('what was left unread is read later', async () => {
  const { peer } = await startRawCall(
    {},
    {
      steps: [
        { at: { events: 1 }, do: 'stopReading' },
        { at: { ms: 300 }, do: 'send', event: { type: 'test.before' } },
        { at: { ms: 300 }, do: 'resumeReading' },
      ],
    },
  )
  await peer.update({})
  expect(peer.types).toEqual(['session.created', 'test.before', 'session.updated'])
})

test('a client that goes in the middle of its request harms nobody', async () => {
  const { callsUrl } = await startCallServer()
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-length': 1000 }
  const request = httpRequest(callsUrl, { method: 'POST', headers })
  request.on('error', () => {})
  await new Promise((resolve) => request.write('v=0', resolve))
  request.destroy()
  expect((await fetch(callsUrl, { method: 'OPTIONS' })).status).toBe(204)
})

test('a session that has lasted too long is told so before it ends', async () => {
  const { peer } = await startRawCall({ sessionSeconds: 0.3 })
  expect((await peer.waitFor('error')).message).toMatchObject({ error: { code: 'session_expired' } })
  await peer.closed
})

test('a call is refused as planned', async () => {
  const { simulator, callsUrl } = await startCallServer()
  simulator.nextConnection({ refuse: 503, refuseBody: 'Busy.' })
  simulator.nextConnection({ refuse: 429 })
  const offer = await (await newRawPeer()).offer()
  const busy = await postOffer(callsUrl, TOKEN, offer)
  expect([busy.status, await busy.text()]).toEqual([503, 'Busy.'])
  expect(await errorOf(await postOffer(callsUrl, TOKEN, offer))).toEqual([429, 'refused'])
})

test('a call is answered, and never connects', async () => {
  const { simulator, callsUrl } = await startCallServer()
  simulator.nextConnection({ stallIce: true })
  const [stalled, other] = [await newRawPeer(), await newRawPeer()]
  for (const peer of [stalled, other]) {
    const response = await postOffer(callsUrl, TOKEN, await peer.offer())
    expect(response.status).toBe(201)
    await peer.accept(await response.text())
  }
  await other.waitFor('session.created')
  expect(stalled.connectionState).toBe('connecting')
  expect(simulator.connections).toHaveLength(1)
})
