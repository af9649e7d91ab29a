import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { WebSocket, WebSocketServer } from 'ws'

/** A message that a client sent, read. */
export type Json = Readonly<Record<string, unknown>>

/** What a {@link ScriptedServer} says by itself. */
export interface ServerManners {
  /** To whoever connects. */
  readonly greeting?: readonly object[]
  /** In answer to a message. */
  readonly answer?: (message: Json) => readonly object[]
}

/** A text that is sent as it is. */
export class RawText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A real WebSocket server that says what it is told to, and keeps what it gets. */
export class ScriptedServer {
  /** All that clients sent, over all connections. */
  readonly received: Json[] = []
  readonly #server: WebSocketServer
  readonly #manners: ServerManners
  #socket: WebSocket | undefined
  #closed: Promise<unknown> | undefined

  private constructor(server: WebSocketServer, manners: ServerManners) {
    this.#server = server
    this.#manners = manners
    server.on('connection', (socket) => this.#welcome(socket))
  }

  static async open(manners: ServerManners = {}): Promise<ScriptedServer> {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: ([first]) => first ?? false,
    })
    await once(server, 'listening')
    return new ScriptedServer(server, manners)
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** Says something to the latest client: as JSON, but for bytes and raw text. */
  say(message: object): void {
    const raw = message instanceof RawText ? message.text : message
    const isRaw = typeof raw === 'string' || raw instanceof Uint8Array
    this.#socket?.send(isRaw ? raw : JSON.stringify(raw))
  }

  /** Resolves when there is a client. */
  async connected(): Promise<void> {
    while (!this.#socket) await nextTurn()
  }

  /** Resolves when the client has taken all that was said, and what it had sent before that is here. */
  async settled(): Promise<void> {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN) return nextTurn()
    // A client answers a ping when it has come to it.
    const pong = once(socket, 'pong')
    socket.ping()
    await Promise.race([pong, this.#closed])
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate()
    this.#server.close()
  }

  #welcome(socket: WebSocket): void {
    const { greeting = [], answer = () => [] } = this.#manners
    this.#socket = socket
    this.#closed = once(socket, 'close')
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as Json
      this.received.push(message)
      for (const one of answer(message)) socket.send(JSON.stringify(one))
    })
    for (const one of greeting) this.say(one)
  }
}
