import type { AddressInfo } from 'node:net'
import { onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { ToolCall, ToolDeclaration, ToolOutcome } from '../../src/agent/tool-call.ts'
import { OpenAIRealtime, type OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import type { HeardItem, HistoryItem, ModelEvents, ModelSession } from '../../src/providers/model.ts'
import type { PeerLink } from '../../src/providers/peer-link.ts'
import { violations } from './openai-schema.ts'

/** A message as it was on the wire. */
export type Message = Readonly<Record<string, unknown>> & { readonly type: string }

/** OpenAI's end of one connection: it only does what a test says, and keeps what it got. */
export class Peer {
  readonly #socket: WebSocket
  /** All that the client sent. */
  readonly received: Message[] = []
  /** What of it OpenAI's own schema does not allow. */
  readonly violations: string[] = []
  readonly closed: Promise<number>
  isClosed = false

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as Message
      this.violations.push(...violations(message))
      this.received.push(message)
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.isClosed = true
        resolve(code)
      })
    })
  }

  /** What the client sent besides the set-up and audio. */
  get sent(): Message[] {
    return this.received.filter(
      ({ type }) => type !== 'session.update' && type !== 'input_audio_buffer.append',
    )
  }

  send(...events: (Message | string)[]): void {
    for (const event of events) this.#socket.send(typeof event === 'string' ? event : JSON.stringify(event))
  }

  sendBinary(data: Uint8Array): void {
    this.#socket.send(data)
  }

  async waitFor(type: string, count = 1): Promise<Message> {
    return until(() => this.received.filter((message) => message.type === type)[count - 1])
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason)
  }

  /** Breaks the connection without a word. */
  drop(): void {
    this.#socket.terminate()
  }

  /** Reads nothing more. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Does the handshake that OpenAI does. */
  async setUp(): Promise<void> {
    this.send({ type: 'session.created', session: { type: 'realtime' } })
    await this.waitFor('session.update')
    this.send({ type: 'session.updated', session: { type: 'realtime' } })
  }
}

/** A real WebSocket server on a free port, with nothing behind it. */
export class OpenAIServer {
  readonly #server: WebSocketServer
  readonly #peers: Peer[] = []
  /** Path and subprotocols of each request. */
  readonly requests: { readonly path: string; readonly protocols: string }[] = []

  private constructor(server: WebSocketServer) {
    this.#server = server
    server.on('connection', (socket, request) => {
      this.requests.push({
        path: request.url ?? '',
        protocols: request.headers['sec-websocket-protocol'] ?? '',
      })
      this.#peers.push(new Peer(socket))
    })
  }

  /**
   * Starts a server that ends with the test.
   * @param dialect Whether something else than OpenAI's is spoken.
   */
  static async start({ dialect = false } = {}): Promise<OpenAIServer> {
    vi.stubGlobal('WebSocket', WebSocket)
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: ([first]) => first ?? false,
    })
    await new Promise((resolve) => server.once('listening', resolve))
    const started = new OpenAIServer(server)
    onTestFinished(() => {
      for (const client of server.clients) client.terminate()
      server.close()
      vi.unstubAllGlobals()
      const found = started.#peers.flatMap((peer) => peer.violations)
      if (!dialect && found.length > 0) throw new Error(found.join('\n'))
    })
    return started
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/realtime`
  }

  /** The `index`-th connection. */
  async peer(index = 0): Promise<Peer> {
    return until(() => this.#peers[index])
  }
}

/** What a model told, in order. */
export class Log {
  readonly entries: { readonly name: keyof ModelEvents; readonly payload: ModelEvents[keyof ModelEvents] }[] =
    []

  constructor(model: OpenAIRealtime) {
    const names = [
      'speechStarted',
      'speechStopped',
      'responseStarted',
      'responseDone',
      'transcript',
      'usage',
      'expiring',
      'error',
      'closed',
    ] as const
    for (const name of names) model.on(name, (payload) => this.entries.push({ name, payload }))
  }

  all<Name extends keyof ModelEvents>(name: Name): ModelEvents[Name][] {
    return this.entries
      .filter((entry) => entry.name === name)
      .map(({ payload }) => payload as ModelEvents[Name])
  }

  async first<Name extends keyof ModelEvents>(name: Name): Promise<ModelEvents[Name]> {
    return until(() => this.all(name)[0])
  }
}

/** A session that keeps what a model writes. */
export class RecordingSession implements ModelSession {
  readonly instructions = 'Be brief.'
  readonly tools: readonly ToolDeclaration[] = [
    {
      name: 'weather',
      description: 'The weather of a city.',
      parameters: { type: 'object', properties: {} },
    },
  ]
  readonly abort = new AbortController()
  readonly signal = this.abort.signal
  history: readonly HistoryItem[] = []
  answerDue = false
  confirmTurns = false
  /** Samples of each item. */
  readonly written = new Map<string, number[]>()
  readonly ended: string[] = []
  readonly played: string[] = []
  readonly calls: ToolCall[] = []
  /** What tools give; each call waits for it. */
  answer: (call: ToolCall) => ToolOutcome | Promise<ToolOutcome> = () => ({ output: 'sunny', ok: true })

  readonly output = {
    write: (itemId: string, pcm: Int16Array): void => {
      this.written.set(itemId, [...(this.written.get(itemId) ?? []), ...pcm])
    },
    end: (itemId: string): void => {
      this.ended.push(itemId)
    },
    play: (itemId: string): void => {
      this.played.push(itemId)
    },
    busy: false,
    pause: (): void => {},
    resume: (): void => {},
    duck: (): void => {},
  }

  openPeer(): Promise<PeerLink> {
    return Promise.reject(new Error('There is no peer connection here.'))
  }

  async runTool(call: ToolCall): Promise<ToolOutcome> {
    this.calls.push(call)
    return this.answer(call)
  }
}

/** A model that is connected to a server which is under the test's control. */
export class Talk {
  readonly server: OpenAIServer
  readonly model: OpenAIRealtime
  readonly session: RecordingSession
  readonly log: Log
  readonly peer: Peer
  #fences = 0

  private constructor(
    server: OpenAIServer,
    model: OpenAIRealtime,
    session: RecordingSession,
    log: Log,
    peer: Peer,
  ) {
    this.server = server
    this.model = model
    this.session = session
    this.log = log
    this.peer = peer
  }

  static async start(
    options: Partial<OpenAIRealtimeOptions> = {},
    earlier: Partial<Pick<RecordingSession, 'history' | 'answerDue' | 'confirmTurns'>> = {},
  ): Promise<Talk> {
    const server = await OpenAIServer.start()
    const model = newModel(server, options)
    const session = Object.assign(new RecordingSession(), earlier)
    const log = new Log(model)
    const connected = model.connect(session)
    const peer = await server.peer()
    await peer.setUp()
    await connected
    onTestFinished(() => model.close())
    return new Talk(server, model, session, log, peer)
  }

  /** Sends events, and waits until the model has dealt with them and all that it answered has arrived. */
  async play(...events: (Message | string)[]): Promise<void> {
    const id = `fence_${++this.#fences}`
    this.peer.send(...events, {
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: id,
      content_index: 0,
      transcript: '',
    })
    await until(() => this.log.all('transcript').find((transcript) => transcript.id === id))
    await this.settle()
  }

  /** Waits until all that the model has sent so far has arrived. */
  async settle(): Promise<void> {
    const appended = this.peer.received.filter(({ type }) => type === 'input_audio_buffer.append').length
    this.model.handleAudioInput(new Int16Array(1))
    await this.peer.waitFor('input_audio_buffer.append', appended + 1)
  }

  /** Interrupts as the engine does, and waits until OpenAI knows. */
  async interrupt(...heard: HeardItem[]): Promise<void> {
    this.model.interrupt(heard)
    await this.settle()
  }
}

/** A model for a server. */
export function newModel(server: OpenAIServer, options: Partial<OpenAIRealtimeOptions> = {}): OpenAIRealtime {
  const needed = { auth: () => 'ek_test', model: 'gpt-realtime-2.1', url: server.url }
  return new OpenAIRealtime({ ...needed, ...options })
}

/** Waits until there is something. */
export function until<Value>(look: () => Value | undefined): Promise<Value> {
  return vi.waitUntil(look, { interval: 2, timeout: 10_000 }) as Promise<Value>
}
