import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ConnectionError, OptionError } from '../../src/core/errors.ts'
import { azure } from '../../src/providers/openai/azure.ts'
import { OpenAIRealtime, type OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import { type CallServer, startCallServer } from '../simulators/openai/webrtc/start-raw-call.ts'
import { openWrtcPeer } from './openai-peer.ts'
import { Log, RecordingSession, until } from './openai-server.ts'

const TOKEN = 'ek_test_secret'
const access = { auth: () => TOKEN, model: 'gpt-realtime-2.1' }

describe('a call', () => {
  it('is ready at session.updated, and answers', async () => {
    const { model, session, log, server } = await call()
    const connection = await server.simulator.connection()
    expect(model.capabilities).toMatchObject({ media: 'track', truncation: 'server' })
    expect(model.callId).toMatch(/^rtc_/)
    model.sendMessage({ text: 'What can you do?' })
    await log.first('responseDone')
    await until(() => session.played[0])
    await until(() => session.ended.includes(session.played[0] ?? '') || undefined)
    expect(log.all('transcript').some(({ role, final }) => role === 'agent' && final)).toBe(true)
    expect(log.all('error')).toEqual([])
    expect(connection.violations).toEqual([])
  })

  it('sends no audio in messages', async () => {
    const { model, server } = await call()
    const connection = await server.simulator.connection()
    model.handleAudioInput(new Int16Array(480))
    model.sendMessage({ text: 'Hello' })
    await connection.waitFor('response.create', { direction: 'received' })
    await expect(
      connection.waitFor('input_audio_buffer.append', { direction: 'received', timeoutMs: 1 }),
    ).rejects.toThrow('was not received')
    expect(model.droppedFrames).toBe(0)
  })

  it('is closed without a word by close(), and may be made again', async () => {
    const { model, session, log, server } = await call()
    const first = await server.simulator.connection()
    const { callId } = model
    model.close()
    expect(model.callId).toBeUndefined()
    await first.closed
    await model.connect(session)
    expect(model.callId).not.toBe(callId)
    expect(log.entries).toEqual([])
  })

  it('tells of a connection that is lost', async () => {
    const { model, log, server } = await call()
    const connection = await server.simulator.connection()
    connection.drop()
    expect(await log.first('closed')).toMatchObject({ code: 'connection-lost', retryable: true })
    expect(model.send({ type: 'response.create' })).toBe(false)
  })

  it('goes through your own server without a key', async () => {
    const server = await newServer()
    const offers: string[] = []
    const { model } = await call(server, {
      model: 'gpt-realtime-2.1',
      async negotiate(offer, { signal }) {
        offers.push(offer)
        const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/sdp' }
        const response = await fetch(server.callsUrl, { method: 'POST', headers, body: offer, signal })
        return response.text()
      },
    })
    expect(offers).toHaveLength(1)
    expect(model.callId).toBeUndefined()
    expect(model.send({ type: 'response.cancel' })).toBe(true)
  })

  it('gives up where the peer is never reached', async () => {
    const server = await newServer()
    server.simulator.nextConnection({ stallIce: true })
    expect(await failure(server.callsUrl, { connectTimeoutMs: 1500 })).toMatchObject({
      code: 'connection-timeout',
      retryable: true,
    })
  })
})

describe('a call that is refused', () => {
  it('asks for a fresh key, and tells neither key nor session description', async () => {
    const { callsUrl } = await newServer()
    const error = await failure(callsUrl, { auth: () => 'ek_unknown_key' })
    expect(error).toMatchObject({ name: 'AuthError', code: 'auth-failed', retryable: true })
    expect(error.message).toContain('fresh')
    expect(error.message).not.toContain('ek_unknown_key')
  })

  it.each([
    [403, {}, { name: 'AuthError', code: 'auth-failed', retryable: false }],
    [
      404,
      { code: 'model_not_found', message: 'No such model.' },
      { providerCode: 'model_not_found', retryable: false },
    ],
    [404, undefined, { code: 'connection-refused', retryable: false }],
    [429, undefined, { providerCode: 'rate_limit_exceeded', retryable: true }],
    [429, { type: 'insufficient_quota', code: 'insufficient_quota' }, { retryable: false }],
    [500, { type: 'server_error', message: null }, { providerCode: 'server_error', retryable: true }],
    [502, undefined, { code: 'connection-refused', retryable: true }],
    [400, { code: 'invalid_offer', message: `v=0\r\no=- ${TOKEN}` }, { message: 'OpenAI: invalid_offer' }],
  ])('with %i %j', async (status, error, expected) => {
    const url = await httpServer((response) => {
      response.writeHead(status).end(error ? JSON.stringify({ error }) : '<html>')
    })
    expect(await failure(url)).toMatchObject(expected)
  })

  it('by a network that is not there', async () => {
    expect(await failure('http://127.0.0.1:1/calls')).toMatchObject({
      code: 'connection-refused',
      retryable: true,
    })
  })

  it('by what negotiate() throws, as a cause', async () => {
    const cause = new Error('No route.')
    const options = { negotiate: () => Promise.reject(cause), model: 'm' }
    expect(await failure('http://127.0.0.1:1/calls', options)).toMatchObject({ code: 'auth-failed', cause })
    const own = new ConnectionError('Closed on Sundays.', { code: 'connection-refused' })
    const negotiate = (): Promise<string> => Promise.reject(own)
    expect(await failure('http://127.0.0.1:1/calls', { negotiate, model: 'm' })).toBe(own)
  })

  it('never leaves with a key that no header may hold', async () => {
    let asked = 0
    const url = await httpServer((response) => {
      asked++
      response.end()
    })
    const error = await failure(url, { auth: () => 'ek_a\nb' })
    expect(error).toMatchObject({ code: 'auth-failed' })
    expect(error.message).not.toContain('ek_a')
    expect(asked).toBe(0)
  })

  it('rejects with the reason of the signal while the offer is out', async () => {
    const session = newSession()
    const url = await httpServer(() => session.abort.abort('over'))
    const model = new OpenAIRealtime({ ...access, url })
    await expect(model.connect(session)).rejects.toBe('over')
  })
})

describe('the transport', () => {
  it.each([
    ['websocket', { ...access, url: 'wss://example.com' }],
    ['websocket', access],
    ['webrtc', { ...access, url: 'https://example.com' }],
    ['webrtc', { model: 'm', negotiate: () => Promise.resolve('') }],
    ['webrtc', { ...access, transport: 'webrtc' }],
  ] as const)('is %s by default for %j', (expected, options) => {
    const { media } = new OpenAIRealtime(options).capabilities
    expect(media).toBe(expected === 'webrtc' ? 'track' : 'frames')
  })

  it('is WebRTC by default where the browser has it', () => {
    Object.assign(globalThis, { RTCPeerConnection: () => {} })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, 'RTCPeerConnection'))
    expect(new OpenAIRealtime(access).capabilities.media).toBe('track')
  })

  it.each([
    ['url', { ...access, transport: 'webrtc', url: 'wss://example.com' }],
    ['url', { ...access, transport: 'websocket', url: 'https://example.com' }],
    ['negotiate', { ...access, transport: 'websocket', negotiate: () => Promise.resolve('') }],
    ['negotiate', { ...access, url: 'ws://example.com', negotiate: () => Promise.resolve('') }],
  ] as const)('must fit %s', (option, options) => {
    expect(() => new OpenAIRealtime(options)).toThrow(OptionError)
    expect(() => new OpenAIRealtime(options)).toThrow(option)
  })
})

describe('Azure with its event filter', () => {
  it('holds a conversation by the events that are left', async () => {
    const server = await newServer()
    const resource = server.callsUrl.replace('/calls', '')
    const dialect = azure({ resource })
    const { model, session, log } = await call(server, {
      ...access,
      dialect,
      url: `${server.callsUrl}?webrtcfilter=on`,
    })
    const webrtc = `${resource}/openai/v1/realtime/calls?webrtcfilter=on`
    expect(dialect).toMatchObject({ endpoints: { webrtc } })
    expect(model.capabilities).toMatchObject({ media: 'track', truncation: 'server', tools: false })
    const connection = await server.simulator.connection()
    await connection.waitFor('session.update', { direction: 'received' })
    model.sendMessage({ text: 'What can you do?' })
    expect(await log.first('responseDone')).toMatchObject({ status: 'completed', continues: false })
    expect(log.all('responseStarted')).toHaveLength(1)
    await until(() => session.played[0])
    await until(() => session.ended[0])
    expect(log.all('transcript').some(({ role, final }) => role === 'agent' && final)).toBe(true)
    expect(log.all('error')).toEqual([])
  })
})

/** A server that is soon done speaking. */
function newServer(): Promise<CallServer> {
  return startCallServer({ reply: () => ({ items: [{ type: 'message', text: 'Yes.' }] }) })
}

async function call(
  given?: CallServer,
  options: OpenAIRealtimeOptions = access,
): Promise<{ server: CallServer; model: OpenAIRealtime; session: RecordingSession; log: Log }> {
  const server = given ?? (await newServer())
  const model = new OpenAIRealtime({ url: server.callsUrl, ...options })
  const session = newSession()
  const log = new Log(model)
  onTestFinished(() => model.close())
  await model.connect(session)
  return { server, model, session, log }
}

function newSession() {
  return Object.assign(new RecordingSession(), { openPeer: openWrtcPeer, tools: [] })
}

/** How a call that nobody needs a peer for fails. */
async function failure(url: string, options: Partial<OpenAIRealtimeOptions> = {}): Promise<Error> {
  const model = new OpenAIRealtime({ ...access, url, ...options })
  onTestFinished(() => model.close())
  return model.connect(newSession()).then(
    () => new Error('It was not refused.'),
    (error: unknown) => error as Error,
  )
}

async function httpServer(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/calls`
}
