/**
 * A local server of Google's Gemini Live API, for tests and for a page without a key.
 *
 * ```ts
 * const simulator = createGeminiSimulator({ pace: 20, playback: 20 })
 * const { url } = await simulator.listen()              // ws://127.0.0.1:PORT, paths as Google's
 * const { token } = simulator.mintToken({ uses: 1 })    // or any that begins with `auth_tokens/test`
 * simulator.nextConnection({ steps: [{ at: { type: 'audio', nth: 3 }, do: 'drop' }] })
 *
 * const connection = await simulator.connection()       // the next one, or one that waits to be looked at
 * await connection.waitFor('turnComplete')
 * await connection.waitFor('clientContent', { direction: 'received' })
 * connection.violations                                 // [] if the client kept to the protocol
 * connection.sentProblems                               // [] if the simulator did
 * connection.utterances                                 // what the user said, sample by sample
 * await simulator.close()
 * ```
 *
 * Gemini's messages have no `type`; here they go by what they carry (`serverEvent`, `clientEvent`):
 * `'audio'`, `'thought'`, `'outputTranscription'`, `'generationComplete'`, `'interrupted'`, `'toolCall'`,
 * and `'setup'`, `'clientContent'`, `'realtimeInput.audio'`. A fault plan sees each message under the main
 * one of its names; to send a made-up message by plan, give it `serverEvent(message)`.
 *
 * To mount it on a server that exists already, pass what it gets to `handleUpgrade` and `handleRequest`;
 * both return whether the request was theirs.
 *
 * It finds turns in the audio that it gets, by energy and in audio time, at whatever rate the mime type
 * says; answers speech with a sentence and then the speech itself, and text with a small rule-based guide,
 * which calls the client's tools; sends audio faster than it plays, and `turnComplete` only when it should
 * have played; and checks every message of both sides against the published protos where these are at hand.
 * What a model refuses, how its tools behave and how its messages are cut follows its name: 3.8, 3.1, 2.5.
 *
 * A message that breaks the rules closes the connection, as it does at Google. Three are noted only: one
 * before `setupComplete`, realtime input before the initial history is complete (it is ignored), and the
 * response to a call that is not pending. A resumption handle is the client's even if a token locks all.
 *
 * Not simulated: Vertex AI, avatars, translation, affective dialog, code execution, context compression
 * (accepted, without effect), safety, `interimInputTranscription`, video as a cause of turns.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { Emitter, type Listener, type ListenOptions } from '../../../src/core/emitter.ts'
import type { FaultPlan } from '../fault-plan.ts'
import { answerAuthToken } from './auth-tokens.ts'
import { GeminiConnection } from './connection.ts'
import { HandleStore } from './handles.ts'
import { admit, isLivePath, refuseUpgrade, urlOf } from './handshake.ts'
import type { GeminiSimulatorOptions, SessionOptions } from './options.ts'
import { loadProtoValidator } from './proto-validator.ts'
import { defaultReply } from './reply.ts'
import { TokenStore, type HeldToken, type MintedToken, type TokenGrant } from './token-store.ts'
import { closeReason } from './wire.ts'

export type { FaultPlan, FaultStep, Moment } from '../fault-plan.ts'
export type { Closure, GeminiConnection, Violation } from './connection.ts'
export type { Content, Part } from './conversation.ts'
export type { Utterance } from './input-audio.ts'
export type { GeminiSimulatorOptions } from './options.ts'
export type { Reply, ReplyItem, Turn } from './reply.ts'
export type { MintedToken, TokenGrant } from './token-store.ts'
export { clientEvent, serverEvent, type GeminiEvent, type Json } from './wire.ts'

/** Events of a simulator. */
export interface GeminiSimulatorEvents {
  /** A client was let in; its `setup` is awaited. */
  connection: GeminiConnection
}

/** A running simulator. */
export interface GeminiSimulator {
  /** Starts a server of its own on a free port. The URLs stand for Google's host. */
  listen(port?: number): Promise<{ readonly url: string; readonly httpUrl: string }>
  /** Takes an upgrade request, if it is for the Live API. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Takes an HTTP request, if it is for the simulator: `POST /v1alpha/auth_tokens`. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean
  /** Makes a token. */
  mintToken(grant?: TokenGrant): MintedToken
  /** Says what goes wrong on the next connection. Several plans wait in line. */
  nextConnection(plan: FaultPlan): void
  /** The oldest connection that was not yet asked for, or the next one. Rejects after `timeoutMs` (10 000). */
  connection(options?: { readonly timeoutMs?: number }): Promise<GeminiConnection>
  /** Every connection so far, in order; only open ones if `record` is false. */
  readonly connections: readonly GeminiConnection[]
  on<Name extends keyof GeminiSimulatorEvents>(
    event: Name,
    listener: Listener<GeminiSimulatorEvents[Name]>,
    options?: ListenOptions,
  ): () => void
  /** Breaks every connection and stops. */
  close(): Promise<void>
}

const TOKENS_PATH = '/v1alpha/auth_tokens'

/** Makes a simulator. It listens to nothing until it is mounted, or told to. */
export function createGeminiSimulator(options: GeminiSimulatorOptions = {}): GeminiSimulator {
  const sessionOptions = withDefaults(options)
  const protos = sessionOptions.record ? loadProtoValidator() : undefined
  const tokens = new TokenStore()
  const handles = new HandleStore(sessionOptions.handleMs)
  const emitter = new Emitter<GeminiSimulatorEvents>()
  const plans: FaultPlan[] = []
  const connections: GeminiConnection[] = []
  const unclaimed: GeminiConnection[] = []
  const claims: ((connection: GeminiConnection) => void)[] = []
  const sockets = new WebSocketServer({ noServer: true })
  let server: Server | undefined

  const welcome = (socket: WebSocket, token: HeldToken | undefined, plan: FaultPlan): void => {
    const connection = new GeminiConnection({ socket, token, handles, options: sessionOptions, plan, protos })
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
    if (!isLivePath(request)) return false
    const admission = admit(request, tokens, options.apiKey)
    const plan = admission.type === 'refused' ? {} : (plans.shift() ?? {})
    if (plan.refuse !== undefined) {
      refuseUpgrade(socket, plan.refuse)
      return true
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (admission.type === 'refused') webSocket.close(admission.code, closeReason(admission.reason))
      else welcome(webSocket, admission.type === 'token' ? admission.token : undefined, plan)
    })
    return true
  }

  const handleRequest = (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.method !== 'POST' || urlOf(request).pathname !== TOKENS_PATH) return false
    void answerAuthToken(request, response, tokens, options.apiKey)
    return true
  }

  return {
    handleUpgrade,
    handleRequest,
    connections,
    on: (event, listener, listenOptions) => emitter.on(event, listener, listenOptions),
    nextConnection: (plan) => void plans.push(plan),
    mintToken: (grant = {}) => tokens.mint(grant),
    connection: ({ timeoutMs = 10_000 } = {}) => {
      const waiting = unclaimed.shift()
      if (waiting) return Promise.resolve(waiting)
      return new Promise((resolve, reject) => {
        const claim = (connection: GeminiConnection): void => {
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
        if (!handleUpgrade(request, socket, head)) refuseUpgrade(socket, 404)
      })
      server = own
      await new Promise<void>((resolve) => own.listen(port, '127.0.0.1', resolve))
      const { port: bound } = own.address() as AddressInfo
      return { url: `ws://127.0.0.1:${bound}`, httpUrl: `http://127.0.0.1:${bound}` }
    },
    close: async () => {
      for (const connection of connections) connection.drop()
      for (const socket of sockets.clients) socket.terminate()
      const closing = server
      server = undefined
      closing?.closeAllConnections()
      if (closing) await new Promise<void>((resolve) => void closing.close(() => resolve()))
    },
  }
}

function withDefaults({
  pace = 8,
  playback = 'realtime',
  ...options
}: GeminiSimulatorOptions): SessionOptions {
  const { connectionMs = 600_000, goAwayBeforeMs = Math.min(60_000, connectionMs / 2) } = options
  return {
    pace: pace === 'realtime' ? 1 : pace,
    playback: playback === 'realtime' ? 1 : playback,
    chunkMs: options.chunkMs ?? 40,
    thinkingMs: options.thinkingMs ?? 0,
    setupMs: options.setupMs ?? 0,
    lateChunks: options.lateChunks ?? 3,
    emptyMessages: options.emptyMessages ?? true,
    voiceActivity: options.voiceActivity ?? false,
    connectionMs,
    goAwayBeforeMs,
    handleMs: options.handleMs ?? 7_200_000,
    reply: options.reply ?? defaultReply,
    transcribe: options.transcribe ?? ((pcm) => `(speech, ${(pcm.length / 16_000).toFixed(1)} s)`),
    record: options.record ?? true,
  }
}
