import { describe, expect, it, onTestFinished } from 'vitest'
import { AuthError, ConnectionError, ModelError } from '../../src/core/errors.ts'
import type { OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import { failure } from './openai-events.ts'
import { Log, newModel, OpenAIServer, RecordingSession, Talk, until } from './openai-server.ts'

const SECRET = 'ek_do-not-tell'

describe('connecting', () => {
  it('waits for session.created, sends the session, and is ready at session.updated', async () => {
    const { connected, peer } = await begin()
    let ready = false
    void connected.then(() => (ready = true))
    expect(peer.received).toEqual([])
    peer.send({ type: 'session.created', session: {} })
    const update = await peer.waitFor('session.update')
    expect(update).toMatchObject({ session: { type: 'realtime', instructions: 'Be brief.' } })
    expect(ready).toBe(false)
    peer.send({ type: 'session.updated', session: {} })
    await connected
    expect(peer.received).toHaveLength(1)
  })

  it('names the model in the address and carries the token in a subprotocol only', async () => {
    const { server, peer, connected } = await begin({ auth: () => ({ token: SECRET, expiresAt: 1 }) })
    await peer.setUp()
    await connected
    expect(server.requests).toEqual([
      {
        path: '/v1/realtime?model=gpt-realtime-2.1',
        protocols: `realtime,openai-insecure-api-key.${SECRET}`,
      },
    ])
  })

  it('keeps the query of another address, and its model', async () => {
    const server = await OpenAIServer.start()
    const model = newModel(server, { url: `${server.url}?region=eu&model=mine` })
    model.connect(new RecordingSession()).catch(() => {})
    await server.peer()
    model.close()
    expect(server.requests[0]?.path).toBe('/v1/realtime?region=eu&model=mine')
  })

  it('asks for a token at every connection', async () => {
    const tokens = ['ek_1', 'ek_2']
    const server = await OpenAIServer.start()
    const model = newModel(server, { auth: () => tokens.shift() ?? '' })
    for (const index of [0, 1]) {
      const connected = model.connect(new RecordingSession())
      await (await server.peer(index)).setUp()
      await connected
      model.close()
    }
    expect(server.requests.map(({ protocols }) => protocols.split('.')[1])).toEqual(['ek_1', 'ek_2'])
  })

  it('rejects with what OpenAI says against the session', async () => {
    const { connected, peer } = await begin()
    peer.send({ type: 'session.created', session: {} }, failure('invalid_value'))
    const error = await rejection(connected)
    expect(error).toBeInstanceOf(ModelError)
    expect(error).toMatchObject({ code: 'model-error', providerCode: 'invalid_value', retryable: false })
    expect(await peer.closed).toBe(1000)
  })

  it('rejects when OpenAI closes before the session is ready', async () => {
    const { connected, peer } = await begin()
    peer.close(1011, 'Try later')
    expect(await rejection(connected)).toMatchObject({ code: 'connection-lost', retryable: true })
  })

  it('rejects with the code that a closing OpenAI gives', async () => {
    const { connected, peer } = await begin()
    peer.close(4000, 'invalid_request_error.beta_api_shape_disabled')
    const error = await rejection(connected)
    expect(error).toMatchObject({ providerCode: 'beta_api_shape_disabled', retryable: false })
  })

  it.each(['session.created', 'session.updated'])('times out without %s', async (missing) => {
    const { connected, peer } = await begin({ connectTimeoutMs: 100 })
    if (missing === 'session.updated') peer.send({ type: 'session.created', session: {} })
    const error = await rejection(connected)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ code: 'connection-timeout', retryable: true })
    await peer.closed
  })

  it('times out where auth() never returns', async () => {
    const server = await OpenAIServer.start()
    const model = newModel(server, { auth: () => new Promise<string>(() => {}), connectTimeoutMs: 20 })
    expect(await rejection(model.connect(new RecordingSession()))).toMatchObject({
      code: 'connection-timeout',
    })
    expect(server.requests).toEqual([])
  })

  it('goes on after a message that cannot be read', async () => {
    const { connected, peer, log } = await begin()
    peer.send('no JSON')
    await peer.setUp()
    await connected
    expect(log.all('error')).toMatchObject([{ code: 'message-malformed' }])
  })
})

describe('giving up', () => {
  it('rejects with the reason of the signal, before auth() was asked', async () => {
    const server = await OpenAIServer.start()
    const session = new RecordingSession()
    session.abort.abort('over')
    let asked = false
    const auth = (): string => ((asked = true), 'ek_test')
    expect(await rejection(newModel(server, { auth }).connect(session))).toBe('over')
    expect(asked).toBe(false)
  })

  it('rejects with the reason of the signal while auth() is asked, and never connects', async () => {
    const server = await OpenAIServer.start()
    const session = new RecordingSession()
    let mint = (_token: string): void => {}
    const auth = (): Promise<string> => new Promise((resolve) => (mint = resolve))
    const connected = newModel(server, { auth }).connect(session)
    session.abort.abort('over')
    expect(await rejection(connected)).toBe('over')
    mint('ek_test')
    // Another connection, made afterwards, is the first that the server sees.
    const other = newModel(server)
    other.connect(new RecordingSession()).catch(() => {})
    await server.peer()
    other.close()
    expect(server.requests).toHaveLength(1)
  })

  it('closes the socket when the signal aborts, during the handshake and after it, and tells nothing', async () => {
    for (const isReady of [false, true]) {
      const { connected, peer, session, log } = await begin()
      if (isReady) await peer.setUp()
      else peer.send({ type: 'session.created', session: {} })
      await peer.waitFor('session.update')
      if (isReady) await connected
      session.abort.abort('over')
      expect(await peer.closed).toBe(1000)
      if (!isReady) expect(await rejection(connected)).toBe('over')
      expect(log.entries).toEqual([])
    }
  })

  it('lets close() end an attempt, which can neither open nor end the next one', async () => {
    const { server, model, connected, peer, log } = await begin()
    peer.send({ type: 'session.created', session: {} })
    await peer.waitFor('session.update')
    model.close()
    expect(await rejection(connected)).toMatchObject({ name: 'AbortError' })
    const second = model.connect(new RecordingSession())
    const secondPeer = await server.peer(1)
    if (!peer.isClosed) peer.send({ type: 'session.updated', session: {} })
    await secondPeer.setUp()
    await second
    expect(await peer.closed).toBe(1000)
    expect(secondPeer.isClosed).toBe(false)
    expect(log.entries).toEqual([])
    model.close()
  })
})

describe('connecting again', () => {
  it('ends what was there before', async () => {
    const { peer, log, model, server } = await Talk.start()
    const connected = model.connect(new RecordingSession())
    expect(await peer.closed).toBe(1000)
    await (await server.peer(1)).setUp()
    await connected
    expect(log.entries).toEqual([])
  })
})

describe('credentials', () => {
  it.each(['sk-proj-abc', 'sk-abc'])('refuses the long-lived key %s', async (key) => {
    const server = await OpenAIServer.start()
    const error = await rejection(newModel(server, { auth: () => key }).connect(new RecordingSession()))
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({ code: 'auth-long-lived-key', retryable: false })
    expect(String(error)).not.toContain(key)
    expect(server.requests).toEqual([])
  })

  it('lets a long-lived key through if told to', async () => {
    const { server, peer, connected } = await begin({
      auth: () => 'sk-abc',
      dangerouslyAllowBrowserKey: true,
    })
    await peer.setUp()
    await connected
    expect(server.requests[0]?.protocols).toContain('sk-abc')
  })

  it.each(['ek_a b', 'ek_a\n', 'ek_ä', '"ek_a"', 'ek_a,b', '(ek)'])(
    'refuses the token %j, which no subprotocol may hold, without telling it',
    async (token) => {
      const server = await OpenAIServer.start()
      const error = await rejection(newModel(server, { auth: () => token }).connect(new RecordingSession()))
      expect(error).toMatchObject({ name: 'AuthError', code: 'auth-failed' })
      expect(String(error)).not.toContain(token)
      expect(server.requests).toEqual([])
    },
  )

  it('passes on what auth() failed with, as a cause', async () => {
    const server = await OpenAIServer.start()
    const cause = new Error('no route')
    const model = newModel(server, { auth: () => Promise.reject(cause) })
    expect(await rejection(model.connect(new RecordingSession()))).toMatchObject({
      code: 'auth-failed',
      cause,
    })
  })

  it('never shows a token in an error', async () => {
    const { connected, peer } = await begin({ auth: () => SECRET })
    peer.drop()
    const error = (await rejection(connected)) as Error
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(SECRET)
  })
})

describe('losing the connection', () => {
  it.each([
    [1001, 'Going away', { code: 'connection-lost', retryable: true }],
    [1011, '', { code: 'connection-lost', retryable: true }],
    [4000, 'session_expired', { code: 'model-error', providerCode: 'session_expired', retryable: true }],
    [
      4000,
      'invalid_request_error.beta_api_shape_disabled',
      { code: 'model-error', providerCode: 'beta_api_shape_disabled', retryable: false },
    ],
  ])('tells of a close with %i "%s"', async (code, reason, expected) => {
    const { peer, log } = await Talk.start()
    peer.close(code, reason)
    const error = await log.first('closed')
    expect(error).toMatchObject(expected)
    expect(error.message).toContain(reason)
    expect(log.all('closed')).toHaveLength(1)
    expect(log.all('error')).toEqual([])
  })

  it('tells of a connection that breaks', async () => {
    const { peer, log } = await Talk.start()
    peer.drop()
    expect(await log.first('closed')).toMatchObject({ code: 'connection-lost', retryable: true })
  })

  it('tells nothing of close(), which may be called twice and closes with 1000', async () => {
    const { peer, log, model } = await Talk.start()
    model.close()
    model.close()
    expect(await peer.closed).toBe(1000)
    model.handleAudioInput(new Int16Array(480))
    model.sendMessage({ text: 'Anybody there?' })
    model.interrupt([])
    expect(log.entries).toEqual([])
    expect(peer.received).toHaveLength(1)
  })

  it('takes messages, audio and interruptions without a connection, and does nothing', async () => {
    const model = newModel(await OpenAIServer.start())
    model.close()
    model.handleAudioInput(new Int16Array(480))
    model.sendMessage({ text: 'Anybody there?' })
    model.interrupt([])
    expect(model.droppedFrames).toBe(0)
  })
})

async function begin(options: Partial<OpenAIRealtimeOptions> = {}) {
  const server = await OpenAIServer.start()
  const model = newModel(server, options)
  const session = new RecordingSession()
  const log = new Log(model)
  const connected = model.connect(session)
  connected.catch(() => {})
  onTestFinished(() => model.close())
  return { server, model, session, log, connected, peer: await server.peer() }
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let outcome: { readonly error: unknown } | undefined
  promise.then(
    () => (outcome = { error: 'It did not reject.' }),
    (error: unknown) => (outcome = { error }),
  )
  return (await until(() => outcome)).error
}
