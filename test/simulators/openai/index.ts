/**
 * A local server of the OpenAI Realtime API over WebSocket, for tests and for a page without a key.
 *
 * ```ts
 * const simulator = createOpenAISimulator({ pace: 20 })
 * const { url } = await simulator.listen()              // ws://127.0.0.1:PORT/v1/realtime
 * const { token } = simulator.mintToken()               // or any token that begins with `ek_test`
 * simulator.nextConnection({ steps: [{ at: { type: 'response.output_audio.delta', nth: 3 }, do: 'drop' }] })
 *
 * const connection = await simulator.connection()       // the next one, or one that waits to be looked at
 * await connection.waitFor('response.done')
 * await connection.waitFor('response.create', { direction: 'received' })
 * connection.violations                                 // [] if the client kept to the protocol
 * connection.utterances                                 // what the user said, sample by sample
 * await simulator.close()
 * ```
 *
 * To mount it on a server that exists already, pass what it gets to `handleUpgrade` and `handleRequest`;
 * both return whether the request was theirs.
 *
 * It finds turns in the audio that it gets, by energy and in audio time; answers speech with a sentence
 * and then the speech itself, and text with a small rule-based guide, which calls the client's tools;
 * sends audio faster than it plays; and checks every message of the client. `session.created` says
 * `silence_duration_ms: 200`, as the service does.
 *
 * Not simulated: G.711, `speed`, noise reduction, MCP tools, transcription sessions, `idle_timeout_ms`,
 * log probabilities, WebRTC. Semantic voice detection waits for 600 ms of silence.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { Emitter, type Listener, type ListenOptions } from '../../../src/core/emitter.ts'
import type { FaultPlan } from '../fault-plan.ts'
import { answerClientSecret } from './client-secrets.ts'
import { OpenAIConnection } from './connection.ts'
import { invalidToken, plannedRefusal, readHandshake, refuseUpgrade, type Handshake } from './handshake.ts'
import type { OpenAISimulatorOptions, SessionOptions } from './options.ts'
import { defaultReply } from './reply.ts'
import { newSessionConfig, updateSessionConfig, type SessionConfig } from './session-config.ts'
import type { SessionUpdate } from './session-schema.ts'
import { TokenStore, type MintedToken } from './token-store.ts'
import { describeSpeech } from './transcription.ts'
import { newId } from './wire.ts'

export type { FaultPlan, FaultStep, Moment } from '../fault-plan.ts'
export type { Closure, Violation } from './connection.ts'
export type { OpenAIConnection } from './connection.ts'
export type { OpenAISimulatorOptions } from './options.ts'
export type { Reply, ReplyItem, Turn } from './reply.ts'
export type { MintedToken } from './token-store.ts'
export type { WireMessage } from './wire.ts'

/** Events of a simulator. */
export interface OpenAISimulatorEvents {
  /** A client was let in; its session is about to be opened. */
  connection: OpenAIConnection
}

/** A running simulator. */
export interface OpenAISimulator {
  /** Starts a server of its own on a free port. */
  listen(port?: number): Promise<{ readonly url: string; readonly httpUrl: string }>
  /** Takes an upgrade request, if it is for the simulator. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Takes an HTTP request, if it is for the simulator: `POST …/client_secrets`. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean
  /** Makes a token. `ttlMs` is ten minutes by default; `session` is what its sessions begin with. */
  mintToken(options?: { readonly ttlMs?: number; readonly session?: SessionUpdate }): MintedToken
  /** Says what goes wrong on the next connection. Several plans wait in line. */
  nextConnection(plan: FaultPlan): void
  /** The oldest connection that was not yet asked for, or the next one. Rejects after `timeoutMs` (10 000). */
  connection(options?: { readonly timeoutMs?: number }): Promise<OpenAIConnection>
  /** Every connection so far, in order; only open ones if `record` is false. */
  readonly connections: readonly OpenAIConnection[]
  on<Name extends keyof OpenAISimulatorEvents>(
    event: Name,
    listener: Listener<OpenAISimulatorEvents[Name]>,
    options?: ListenOptions,
  ): () => void
  /** Breaks every connection and stops. */
  close(): Promise<void>
}

const DEFAULT_PATH = '/v1/realtime'
const DEFAULT_TTL_MS = 600_000
const HOUR_MS = 3_600_000

/** Makes a simulator. It listens to nothing until it is mounted, or told to. */
export function createOpenAISimulator(options: OpenAISimulatorOptions = {}): OpenAISimulator {
  const path = options.path ?? DEFAULT_PATH
  const sessionOptions = withDefaults(options)
  const tokens = new TokenStore()
  const emitter = new Emitter<OpenAISimulatorEvents>()
  const plans: FaultPlan[] = []
  const connections: OpenAIConnection[] = []
  const unclaimed: OpenAIConnection[] = []
  const claims: ((connection: OpenAIConnection) => void)[] = []
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) => (protocols.has('realtime') ? 'realtime' : false),
  })
  let server: Server | undefined

  const welcome = (socket: WebSocket, config: SessionConfig, plan: FaultPlan): void => {
    const connection = new OpenAIConnection({ socket, config, options: sessionOptions, plan })
    connections.push(connection)
    const claim = claims.shift()
    if (claim) claim(connection)
    else if (sessionOptions.record) unclaimed.push(connection)
    void connection.closed.then(() => {
      if (!sessionOptions.record) connections.splice(connections.indexOf(connection), 1)
    })
    emitter.emit('connection', connection)
    connection.open()
  }

  const handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    if (pathOf(request) !== path) return false
    const handshake = readHandshake(request)
    if (handshake.type === 'refused') {
      refuseUpgrade(socket, handshake)
      return true
    }
    const model = handshake.type === 'session' ? handshake.model : ''
    const config = tokens.redeem(handshake.token, model)
    const plan = config ? (plans.shift() ?? {}) : {}
    if (!config || plan.refuse !== undefined) {
      refuseUpgrade(socket, plan.refuse === undefined ? invalidToken() : plannedRefusal(plan.refuse))
      return true
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (handshake.type === 'closed') turnAway(webSocket, handshake)
      else welcome(webSocket, config, plan)
    })
    return true
  }

  const handleRequest = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.method !== 'POST' || pathOf(request) !== `${path}/client_secrets`) return false
    void answerClientSecret(request, response, tokens, options.apiKey)
    return true
  }

  return {
    handleUpgrade,
    handleRequest,
    connections,
    on: (event, listener, listenOptions) => emitter.on(event, listener, listenOptions),
    nextConnection: (plan) => void plans.push(plan),
    mintToken: ({ ttlMs = DEFAULT_TTL_MS, session } = {}) => {
      const config = newSessionConfig(session?.model ?? '')
      return tokens.mint(ttlMs, session ? updateSessionConfig(config, session) : config)
    },
    connection: ({ timeoutMs = 10_000 } = {}) => {
      const waiting = unclaimed.shift()
      if (waiting) return Promise.resolve(waiting)
      return new Promise((resolve, reject) => {
        const claim = (connection: OpenAIConnection): void => {
          clearTimeout(timer)
          resolve(connection)
        }
        const timer = setTimeout(() => {
          claims.splice(claims.indexOf(claim), 1)
          reject(new Error(`No client connected within ${timeoutMs} ms.`))
        }, timeoutMs)
        claims.push(claim)
      })
    },
    listen: async (port = 0) => {
      const own = createServer((request, response) => {
        if (!handleRequest(request, response)) response.writeHead(404).end()
      })
      own.on('upgrade', (request, socket, head) => {
        if (!handleUpgrade(request, socket, head)) socket.destroy()
      })
      server = own
      await new Promise<void>((resolve) => own.listen(port, '127.0.0.1', resolve))
      const { port: bound } = own.address() as AddressInfo
      return { url: `ws://127.0.0.1:${bound}${path}`, httpUrl: `http://127.0.0.1:${bound}${path}` }
    },
    close: async () => {
      for (const connection of connections) connection.drop()
      for (const socket of sockets.clients) socket.terminate()
      const closing = server
      server = undefined
      if (closing) await new Promise<void>((resolve) => void closing.close(() => resolve()))
    },
  }
}

function withDefaults(options: OpenAISimulatorOptions): SessionOptions {
  const {
    pace = 8,
    chunkMs = 100,
    thinkingMs = 0,
    lateDeltas = 3,
    sessionMs = HOUR_MS,
    record = true,
  } = options
  return {
    pace: pace === 'realtime' ? 1 : pace,
    chunkMs,
    thinkingMs,
    lateDeltas,
    sessionMs,
    record,
    reply: options.reply ?? defaultReply,
    transcribe: options.transcribe ?? describeSpeech,
  }
}

function turnAway(socket: WebSocket, { code, message }: Extract<Handshake, { type: 'closed' }>): void {
  const error = { type: 'invalid_request_error', code, message, param: null, event_id: null }
  socket.send(JSON.stringify({ type: 'error', event_id: newId('event'), error }))
  socket.close(4000, `invalid_request_error.${code}`)
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '', 'http://localhost').pathname
}
