import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ConnectionError } from '../../src/core/errors.ts'
import { openWebSocket, type SocketClose, type SocketOptions } from '../../src/transport/web-socket.ts'

beforeEach(() => void vi.stubGlobal('WebSocket', WebSocket))
afterEach(() => void vi.unstubAllGlobals())

describe('a socket that opens', () => {
  it('carries text both ways, and binary as ArrayBuffer', async () => {
    const { url, accepted } = await echoServer()
    const messages: unknown[] = []
    const connection = await openWebSocket(url, options({ onMessage: (data) => messages.push(data) }))
    const socket = await accepted
    connection.send('hello')
    socket.send(new Uint8Array([1, 2, 3]))
    await expect.poll(() => messages.length).toBe(2)
    expect(messages).toContain('hello')
    expect(messages.find((data) => data instanceof ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]).buffer)
    connection.close()
  })

  it('hands the connection to whoever gets its first message', async () => {
    const { url, accepted } = await echoServer()
    void accepted.then((socket) => socket.send('first'))
    const seen: unknown[] = []
    const connection = await openWebSocket(url, options({ onMessage: (_data, socket) => seen.push(socket) }))
    await expect.poll(() => seen).toEqual([connection])
    connection.close()
  })

  it('offers the subprotocols', async () => {
    const { url, accepted } = await echoServer()
    const connection = await openWebSocket(url, options({ protocols: ['realtime', 'token.abc'] }))
    expect((await accepted).protocol).toBe('realtime')
    connection.close()
  })

  it('reports an end that nobody here asked for, once, with code and reason', async () => {
    const { url, accepted } = await echoServer()
    const closes: SocketClose[] = []
    const connection = await openWebSocket(url, options({ onClose: (close) => closes.push(close) }))
    ;(await accepted).close(4000, 'enough')
    await expect.poll(() => closes).toEqual([{ code: 4000, reason: 'enough', wasClean: true }])
    connection.close()
    expect(closes).toHaveLength(1)
  })

  it('reports a connection that breaks as 1006', async () => {
    const { url, accepted } = await echoServer()
    const closes: SocketClose[] = []
    await openWebSocket(url, options({ onClose: (close) => closes.push(close) }))
    ;(await accepted).terminate()
    await expect.poll(() => closes).toEqual([{ code: 1006, reason: '', wasClean: false }])
  })

  it('says nothing after close(), which may be called twice', async () => {
    const { url, accepted } = await echoServer()
    const onClose = vi.fn<() => void>()
    const onMessage = vi.fn<() => void>()
    const connection = await openWebSocket(url, options({ onClose, onMessage }))
    const socket = await accepted
    const closed = new Promise((resolve) => socket.on('close', (code: number) => resolve(code)))
    socket.send('too late')
    connection.close(3001, 'bye')
    connection.close()
    expect(await closed).toBe(3001)
    connection.send('into the void')
    expect(onClose).not.toHaveBeenCalled()
    expect(onMessage).not.toHaveBeenCalled()
  })

  it('is closed, without a report, by its signal', async () => {
    const { url, accepted } = await echoServer()
    const abort = new AbortController()
    const onClose = vi.fn<() => void>()
    await openWebSocket(url, options({ onClose, signal: abort.signal }))
    const closed = new Promise((resolve) => void accepted.then((socket) => socket.on('close', resolve)))
    abort.abort()
    expect(await closed).toBe(1000)
    expect(onClose).not.toHaveBeenCalled()
  })
})

describe('a socket that does not open', () => {
  it('is refused where nobody listens, without telling the query', async () => {
    const { url, server } = await echoServer()
    await new Promise((resolve) => server.close(resolve))
    const error = await failureOf(openWebSocket(`${url}?key=secret`, options()))
    expect(error).toMatchObject({ code: 'connection-refused', retryable: true })
    expect(error.message).toContain(url)
    expect(error.message).not.toContain('secret')
  })

  it('does not tell what stands before the host either', async () => {
    const error = await failureOf(openWebSocket('ws://secret:word@127.0.0.1:1/path', options()))
    expect(error.message).toContain('ws://127.0.0.1:1/path')
  })

  it('is refused where the server says no', async () => {
    const { url } = await echoServer({ verifyClient: () => false })
    const onClose = vi.fn<() => void>()
    const error = await failureOf(openWebSocket(url, options({ onClose })))
    expect(error).toMatchObject({ code: 'connection-refused', retryable: true })
    expect(onClose).not.toHaveBeenCalled()
  })

  it.each([
    ['address', 'wss://', []],
    ['subprotocol', 'ws://127.0.0.1:1', ['not a token']],
  ])(
    'is refused for an %s that the browser does not take, which is not told',
    async (_what, url, protocols) => {
      const error = await failureOf(openWebSocket(url, options({ protocols })))
      expect(error).toMatchObject({ code: 'connection-refused', retryable: false })
      expect(error.cause).toBeUndefined()
      expect(error.message).not.toContain('not a token')
    },
  )

  it('times out where nobody answers', async () => {
    const { url } = await silentServer()
    const error = await failureOf(openWebSocket(url, options({ timeoutMs: 50 })))
    expect(error).toMatchObject({ code: 'connection-timeout', retryable: true })
  })

  it('rejects with the reason of a signal that aborted before', async () => {
    const { url, opened } = await echoServer()
    const reason = new Error('changed my mind')
    await expect(openWebSocket(url, options({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    expect(opened()).toBe(0)
  })

  it('rejects with the reason of a signal that aborts on the way, and never opens', async () => {
    const { url, connections } = await silentServer()
    const abort = new AbortController()
    const onClose = vi.fn<() => void>()
    const opening = openWebSocket(url, options({ signal: abort.signal, onClose }))
    await expect.poll(() => connections.length).toBe(1)
    const gone = new Promise((resolve) => connections[0]?.once('close', resolve))
    const reason = new Error('changed my mind')
    abort.abort(reason)
    await expect(opening).rejects.toBe(reason)
    await gone
    expect(onClose).not.toHaveBeenCalled()
  })
})

function options(changes: Partial<SocketOptions> = {}): SocketOptions {
  const { signal } = new AbortController()
  return { signal, timeoutMs: 10_000, onMessage: () => {}, onClose: () => {}, ...changes }
}

async function failureOf(promise: Promise<unknown>): Promise<ConnectionError> {
  const error: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ConnectionError)
  return error as ConnectionError
}

/** A server that sends back what it gets. */
async function echoServer(settings: { verifyClient?: () => boolean } = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...settings })
  await new Promise((resolve) => server.once('listening', resolve))
  let opened = 0
  const accepted = new Promise<WebSocket>((resolve) => {
    server.on('connection', (socket) => {
      opened++
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
      resolve(socket)
    })
  })
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  return { url: `ws://127.0.0.1:${portOf(server)}/path`, server, accepted, opened: () => opened }
}

/** A server that takes connections and never answers. */
async function silentServer() {
  const connections: Socket[] = []
  const server: Server = createServer((socket) => {
    socket.on('error', () => {}).resume()
    connections.push(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of connections) socket.destroy()
    server.close()
  })
  return { url: `ws://127.0.0.1:${portOf(server)}`, connections }
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port
}
