import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { OpenAIRealtime, type RawEvent } from '../../src/providers/openai/index.ts'
import { newModel, OpenAIServer, RecordingSession, Talk } from './openai-server.ts'

const SECRET = 'ek_do-not-tell'

describe('a handshake that is refused', () => {
  it.each([
    [401, 'invalid_api_key', { name: 'AuthError', code: 'auth-failed', retryable: true }],
    [403, 'forbidden', { name: 'AuthError', code: 'auth-failed', retryable: false }],
    [404, 'model_not_found', { name: 'ModelError', providerCode: 'model_not_found', retryable: false }],
    [429, 'rate_limit_exceeded', { name: 'ModelError', retryable: true }],
    // What a service that is well may say to a plain request.
    [404, null, { code: 'connection-refused', retryable: true }],
    [426, 'upgrade_required', { code: 'connection-refused', retryable: true }],
    [500, 'server_error', { code: 'connection-refused', retryable: true }],
  ])('with %i %s is explained by what HTTP says', async (status, code, expected) => {
    const { url, asked } = await refusingServer(status, { error: { code, message: 'No.', type: null } })
    const error = await refusedBy(url)
    expect(error).toMatchObject(expected)
    expect(error.message).not.toContain(SECRET)
    expect(asked).toEqual([`GET /v1/realtime?model=gpt-realtime-2.1 Bearer ${SECRET}`])
  })

  it('stays unexplained where HTTP is silent', async () => {
    const { url } = await refusingServer(undefined)
    expect(await refusedBy(url)).toMatchObject({ code: 'connection-refused', retryable: true })
  })

  it('asks nobody once the attempt is given up', async () => {
    const session = new RecordingSession()
    const { url, asked } = await refusingServer(401, {}, () => session.abort.abort('over'))
    vi.stubGlobal('WebSocket', WebSocket)
    onTestFinished(() => void vi.unstubAllGlobals())
    const model = new OpenAIRealtime({ auth: () => SECRET, model: 'm', url })
    await expect(model.connect(session)).rejects.toBe('over')
    expect(asked).toEqual([])
  })
})

describe('the protocol beneath', () => {
  it('is told as it comes, and takes messages while there is a session', async () => {
    const server = await OpenAIServer.start()
    const model = newModel(server)
    onTestFinished(() => model.close())
    const connected = model.connect(new RecordingSession())
    const peer = await server.peer()
    const seen: RawEvent[] = []
    model.on('serverEvent', (event) => seen.push(event))
    expect(model.send({ type: 'response.create' })).toBe(false)
    await peer.setUp()
    await connected
    expect(seen.map(({ type }) => type)).toEqual(['session.created', 'session.updated'])
    expect(model.send({ type: 'response.create', response: { instructions: 'Whisper.' } })).toBe(true)
    expect(await peer.waitFor('response.create')).toMatchObject({ response: { instructions: 'Whisper.' } })
    model.close()
    expect(model.send({ type: 'response.create' })).toBe(false)
  })

  it('tells what is left of the limits', async () => {
    const talk = await Talk.start()
    const seen: unknown[] = []
    talk.model.on('rateLimits', (limits) => seen.push(limits))
    const limit = { name: 'tokens', limit: 40_000, remaining: 39_000, reset_seconds: 1.5 }
    await talk.play(
      { type: 'rate_limits.updated', rate_limits: [limit] },
      { type: 'rate_limits.updated', rate_limits: null },
    )
    expect(seen).toEqual([[{ name: 'tokens', limit: 40_000, remaining: 39_000, resetSeconds: 1.5 }]])
  })
})

/** How an attempt fails where no WebSocket is let in. */
async function refusedBy(url: string): Promise<Error> {
  vi.stubGlobal('WebSocket', WebSocket)
  onTestFinished(() => void vi.unstubAllGlobals())
  const model = new OpenAIRealtime({ auth: () => SECRET, model: 'gpt-realtime-2.1', url })
  onTestFinished(() => model.close())
  return model.connect(new RecordingSession()).then(
    () => new Error('It was let in.'),
    (error: unknown) => error as Error,
  )
}

/** A server that lets no WebSocket in and says why to who asks over HTTP, or hangs up on both. */
async function refusingServer(status: number | undefined, body?: unknown, onUpgrade = () => {}) {
  const asked: string[] = []
  const server = createServer(({ method, url, headers }, response) => {
    asked.push(`${method} ${url} ${headers.authorization}`)
    if (status === undefined) response.destroy()
    else response.writeHead(status).end(JSON.stringify(body))
  })
  server.on('upgrade', (_request, socket) => {
    onUpgrade()
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`, asked }
}
