/**
 * A local server of Amazon Nova 2 Sonic over WebSocket, for tests and for a page without a key.
 *
 * ```ts
 * const simulator = createNovaSonicSimulator({ pace: 20 })
 * const { url, bridgeUrl } = await simulator.listen()   // ws://127.0.0.1:PORT, and the same with /bridge
 * const credentials = simulator.mintCredentials()       // what `auth` returns
 * simulator.nextConnection({ steps: [{ at: { type: 'audioOutput', nth: 3 }, do: 'drop' }] })
 *
 * const connection = await simulator.connection()       // the next one, or one that waits to be looked at
 * await connection.waitFor('completionStart')
 * await connection.waitFor('audioInput', { direction: 'received' })
 * connection.violations                                 // [] if the client kept to the protocol
 * connection.throwException('throttlingException', 'Too many requests')
 * await simulator.close()
 * ```
 *
 * Messages are `{ type: 'textOutput', payload: {…} }`, in fault plans too; an exception has the type
 * `exception`, and `name` and `message` in its payload. To mount it on a server that exists already, pass
 * what it gets to `handleUpgrade`, which returns whether the request was for it.
 *
 * It checks the presigned URL (403 if it is not right) and the chain of signatures, with code of its own;
 * holds the client to order, names and sizes of its events; finds turns by energy and in audio time;
 * answers speech with a sentence and then the speech itself, and text with a rule-based guide, which
 * calls the client's tools. What is wrong ends the stream with an exception, as the service does.
 *
 * At `bridgePath` it takes the same events as plain JSON: text messages of `{ event }`, and of
 * `{ exception: { type, message } }` from the server. Nothing is signed there.
 *
 * Not simulated: TLS, the wording of the service's errors, token counts, languages, SYSTEM_SPEECH.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { Emitter, type Listener, type ListenOptions } from '../../../src/core/emitter.ts'
import type { FaultPlan } from '../fault-plan.ts'
import { NovaSonicConnection } from './connection.ts'
import { CredentialStore, type MintedCredentials } from './credential-store.ts'
import type { NovaSonicSimulatorOptions, SimulatorSettings } from './options.ts'
import { defaultReply, describeSpeech } from './reply.ts'
import { isStreamPath, verifyHandshake, type FrameVerifier, type Handshake } from './verifier.ts'

export type { FaultPlan, FaultStep, Moment } from '../fault-plan.ts'
export type { Closure, NovaSonicConnection, Violation } from './connection.ts'
export type { MintedCredentials } from './credential-store.ts'
export type { InterruptionForm, NovaSonicSimulatorOptions } from './options.ts'
export type { ConversationItem, Reply, ReplyItem, Turn } from './reply.ts'
export type { WireMessage } from './wire.ts'

/** Events of a simulator. */
export interface NovaSonicSimulatorEvents {
  /** A client was let in. */
  connection: NovaSonicConnection
}

/** A running simulator. */
export interface NovaSonicSimulator {
  /** Starts a server of its own on a free port. `url` is the base address of the model's option. */
  listen(port?: number): Promise<{ readonly url: string; readonly bridgeUrl: string }>
  /** Takes an upgrade request, if it is for the simulator. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Makes credentials. `ttlMs` is ten minutes by default. */
  mintCredentials(options?: { readonly ttlMs?: number }): MintedCredentials
  /** Says what goes wrong on the next connection. Several plans wait in line. */
  nextConnection(plan: FaultPlan): void
  /** The oldest connection that was not yet asked for, or the next one. Rejects after `timeoutMs` (10 000). */
  connection(options?: { readonly timeoutMs?: number }): Promise<NovaSonicConnection>
  /** Every connection so far, in order; only open ones if `record` is false. */
  readonly connections: readonly NovaSonicConnection[]
  /** Why handshakes were refused, in order. */
  readonly refusals: readonly { readonly status: number; readonly code: string; readonly message: string }[]
  on<Name extends keyof NovaSonicSimulatorEvents>(
    event: Name,
    listener: Listener<NovaSonicSimulatorEvents[Name]>,
    options?: ListenOptions,
  ): () => void
  /** Breaks every connection and stops. */
  close(): Promise<void>
}

const DEFAULT_TTL_MS = 600_000
const LIMIT = 100

/** Makes a simulator. It listens to nothing until it is mounted, or told to. */
export function createNovaSonicSimulator(options: NovaSonicSimulatorOptions = {}): NovaSonicSimulator {
  const settings = withDefaults(options)
  const keys = new CredentialStore(settings.credentials)
  const rules = { ...settings, credentialsOf: (id: string) => keys.get(id) }
  const emitter = new Emitter<NovaSonicSimulatorEvents>()
  const plans: FaultPlan[] = []
  const connections: NovaSonicConnection[] = []
  const unclaimed: NovaSonicConnection[] = []
  const claims: ((connection: NovaSonicConnection) => void)[] = []
  const refusals: Extract<Handshake, { type: 'refused' }>[] = []
  const sockets = new WebSocketServer({ noServer: true })
  let server: Server | undefined

  const welcome = (socket: WebSocket, frames: FrameVerifier | undefined, plan: FaultPlan): void => {
    const connection = new NovaSonicConnection({ socket, frames, settings, plan })
    connections.push(connection)
    const claim = claims.shift()
    if (claim) claim(connection)
    else if (settings.record) unclaimed.push(connection)
    void connection.closed.then(() => {
      if (!settings.record) connections.splice(connections.indexOf(connection), 1)
    })
    emitter.emit('connection', connection)
    connection.open()
  }

  const handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean => {
    const url = request.url ?? ''
    const path = url.replace(/\?.*/s, '')
    const isBridge = path === settings.bridgePath
    if (!isBridge && !isStreamPath(path)) return false
    const handshake = isBridge ? undefined : verifyHandshake({ url, host: request.headers.host ?? '' }, rules)
    const plan = handshake?.type === 'refused' ? {} : (plans.shift() ?? {})
    if (handshake?.type === 'refused' || plan.refuse !== undefined) {
      const refusal: Handshake =
        handshake?.type === 'refused'
          ? handshake
          : { type: 'refused', status: plan.refuse ?? 403, code: 'refused', message: 'It was refused.' }
      refusals.push(refusal)
      if (refusals.length > LIMIT) refusals.shift()
      refuse(socket, refusal)
    } else {
      sockets.handleUpgrade(request, socket, head, (webSocket) => welcome(webSocket, handshake?.frames, plan))
    }
    return true
  }

  return {
    handleUpgrade,
    connections,
    refusals,
    on: (event, listener, listenOptions) => emitter.on(event, listener, listenOptions),
    nextConnection: (plan) => void plans.push(plan),
    mintCredentials: ({ ttlMs = DEFAULT_TTL_MS } = {}) => keys.mint(ttlMs, settings.now()),
    connection: ({ timeoutMs = 10_000 } = {}) => {
      const waiting = unclaimed.shift()
      if (waiting) return Promise.resolve(waiting)
      return new Promise((resolve, reject) => {
        const claim = (connection: NovaSonicConnection): void => {
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
      const own = createServer((_request, response) => void response.writeHead(404).end())
      own.on('upgrade', (request, socket, head) => {
        if (!handleUpgrade(request, socket, head)) socket.destroy()
      })
      server = own
      await new Promise<void>((resolve) => own.listen(port, '127.0.0.1', resolve))
      const url = `ws://127.0.0.1:${(own.address() as AddressInfo).port}`
      return { url, bridgeUrl: url + settings.bridgePath }
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

function withDefaults({ pace = 8, ...options }: NovaSonicSimulatorOptions): SimulatorSettings {
  return {
    region: 'us-east-1',
    modelIds: ['amazon.nova-2-sonic-v1:0'],
    credentials: [],
    bridgePath: '/bridge',
    now: Date.now,
    chunkMs: 100,
    thinkingMs: 0,
    lateChunks: 2,
    finals: 'heard',
    interruption: 'text',
    echoesTyped: false,
    silenceMs: 500,
    streamMs: 480_000,
    idleMs: 55_000,
    textFrames: false,
    reply: defaultReply,
    transcribe: describeSpeech,
    record: true,
    ...options,
    pace: pace === 'realtime' ? 1 : pace,
  }
}

function refuse(
  socket: Duplex,
  { status, code, message }: { readonly status: number; readonly code: string; readonly message: string },
): void {
  const body = JSON.stringify({ message })
  const head = [`HTTP/1.1 ${status} Refused`, 'Connection: close', `x-amzn-ErrorType: ${code}`]
  head.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`, '', body)
  // The client may be gone before it is refused.
  socket.on('error', () => {})
  socket.end(head.join('\r\n'))
}
