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
 * connection.conversation                               // what the service remembers: who said what
 * connection.utterances                                 // what the user said, sample by sample
 * await simulator.close()
 * ```
 *
 * To mount it on a server that exists already, pass what it gets to `handleUpgrade` and `handleRequest`;
 * both return whether the request was theirs.
 *
 * Over WebRTC, `POST {httpUrl}/calls` takes an offer with a data channel `oai-events`, as raw SDP with a
 * token, or as a form with an `sk-` key; the connection is then the same, with `transport: 'webrtc'`, and
 * `played` says what went into RTP, item by item. There the server plays by itself, in real time; it
 * truncates what a barge-in has cut, and tells `output_audio_buffer` events. `?webrtcfilter=on` sends turns,
 * playback and transcripts only. It needs `@roamhq/wrtc`, which is loaded at the first call.
 *
 * It finds turns in the audio that it gets, by energy and in audio time; answers speech with a sentence
 * and then the speech itself, and text with a small rule-based guide, which calls the client's tools;
 * sends audio faster than it plays; and checks every message of the client. `session.created` says
 * `silence_duration_ms: 200`, as the service does.
 *
 * `nextConnection` also takes a `script`, which acts between two events, whatever is heard:
 *
 * ```ts
 * const at = { type: 'response.output_item.done' }
 * simulator.nextConnection({ script: [{ at, run: (connection) => connection.startSpeech() }] })
 * ```
 *
 * A `reply` may hold several items, `interleaved` or not, calls of MCP tools, and an ending: incomplete or
 * failed. MCP servers are those of `mcpServers`: others fail. A call that needs approval ends its response;
 * once it is approved the service makes it in a response of its own, and goes on by itself. `GET` on the
 * path of the WebSocket answers 401 to a token that opens nothing, and 426 to one that does.
 *
 * `dialect: 'xai'` speaks as xAI's Grok Voice; what goes on over another connection does not expire there.
 *
 * Not simulated: G.711, `speed`, noise reduction, transcription sessions. Reasoning, prompts, tracing and
 * truncation are checked and shown, and change nothing. Semantic voice detection waits for 300, 600 or
 * 1200 ms of silence; `idle_timeout_ms` counts in audio time, from the end of the answer's audio.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { Emitter, type Listener, type ListenOptions } from '../../../src/core/emitter.ts'
import { answerProbe } from './probe.ts'
import { answerClientSecret } from './client-secrets.ts'
import { OpenAIConnection, type ConnectionPlan, type ConnectionSocket } from './connection.ts'
import {
  invalidToken,
  plannedRefusal,
  readHandshake,
  refuseUpgrade,
  TOKEN_PROTOCOLS,
  type Handshake,
} from './handshake.ts'
import { XaiConversations } from '../xai/conversations.ts'
import type { DialectOf } from './dialect.ts'
import { withDefaults, type OpenAISimulatorOptions } from './options.ts'
import { newSessionConfig, updateSessionConfig, type SessionConfig } from './session-config.ts'
import type { SessionUpdate } from './session-schema.ts'
import { TokenStore, type MintedToken } from './token-store.ts'
import type { CallMedia } from './webrtc/call-media.ts'
import { Calls } from './webrtc/calls.ts'
import { newId } from './wire.ts'

export type { FaultPlan, FaultStep, Moment } from '../fault-plan.ts'
export type { Closure, ConnectionPlan, ScriptStep, Violation } from './connection.ts'
export type { OpenAIConnection } from './connection.ts'
export type { OpenAISimulatorOptions } from './options.ts'
export type { Reply, ReplyItem, Turn } from './reply.ts'
export type { McpServer } from './mcp-tools.ts'
export type { RememberedItem } from './conversation.ts'
export type { MintedToken } from './token-store.ts'
export type { PlayedItem } from './webrtc/playout.ts'
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
  /** Takes an HTTP request, if it is for the simulator: `POST …/client_secrets`, `POST …/calls`. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean
  /** Makes a token. `ttlMs` is ten minutes by default; `session` is what its sessions begin with. */
  mintToken(options?: { readonly ttlMs?: number; readonly session?: SessionUpdate }): MintedToken
  /** Says what goes wrong on the next connection. Several plans wait in line. */
  nextConnection(plan: ConnectionPlan): void
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

/** Makes a simulator. It listens to nothing until it is mounted, or told to. */
export function createOpenAISimulator(options: OpenAISimulatorOptions = {}): OpenAISimulator {
  const path = options.path ?? DEFAULT_PATH
  const sessionOptions = withDefaults(options)
  const tokens = new TokenStore()
  const memory = new XaiConversations()
  const emitter = new Emitter<OpenAISimulatorEvents>()
  const plans: ConnectionPlan[] = []
  const connections: OpenAIConnection[] = []
  const unclaimed: OpenAIConnection[] = []
  const claims: ((connection: OpenAIConnection) => void)[] = []
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) =>
      [...protocols].find((name) => name === 'realtime' || name.startsWith(TOKEN_PROTOCOLS.xai)) ?? false,
  })
  let server: Server | undefined
  let refusedWith: number | undefined

  const welcome = (
    socket: ConnectionSocket,
    config: SessionConfig,
    plan: ConnectionPlan,
    media?: CallMedia,
    dialect?: DialectOf,
  ): void => {
    const connection = new OpenAIConnection({ socket, media, dialect, config, options: sessionOptions, plan })
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

  const calls = new Calls({
    path,
    tokens,
    apiKey: options.apiKey,
    record: sessionOptions.record,
    nextPlan: () => plans.shift(),
    welcome,
  })

  const handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    if (pathOf(request) !== path) return false
    const handshake = readHandshake(request, options.dialect ?? 'openai')
    if (handshake.type === 'refused') {
      refuseUpgrade(socket, handshake)
      return true
    }
    const model = handshake.type === 'session' ? handshake.model : ''
    const config = tokens.redeem(handshake.token, model)
    const plan = config ? (plans.shift() ?? {}) : {}
    refusedWith = plan.refuse
    if (plan.hangUp) {
      socket.destroy()
      return true
    }
    if (!config || plan.refuse !== undefined) {
      refuseUpgrade(socket, plan.refuse === undefined ? invalidToken() : plannedRefusal(plan.refuse))
      return true
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (handshake.type === 'closed') turnAway(webSocket, handshake)
      else if (options.dialect !== 'xai') welcome(webSocket, config, plan)
      else
        welcome(webSocket, withoutTurns(config), plan, undefined, memory.dialectOf(handshake.conversationId))
    })
    return true
  }

  const handleRequest = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (calls.handle(request, response)) return true
    if (pathOf(request) === path && answerProbe(request, response, tokens, refusedWith)) return true
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
      await calls.close()
      const closing = server
      server = undefined
      if (closing) await new Promise<void>((resolve) => void closing.close(() => resolve()))
    },
  }
}

function turnAway(socket: WebSocket, { code, message }: Extract<Handshake, { type: 'closed' }>): void {
  const error = { type: 'invalid_request_error', code, message, param: null, event_id: null }
  socket.send(JSON.stringify({ type: 'error', event_id: newId('event'), error }))
  socket.close(4000, `invalid_request_error.${code}`)
}

/** xAI finds no turns before it is told to. */
function withoutTurns(config: SessionConfig): SessionConfig {
  return updateSessionConfig(config, { type: 'realtime', audio: { input: { turn_detection: null } } })
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '', 'http://localhost').pathname
}
