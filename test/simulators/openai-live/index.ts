/**
 * A local server of OpenAI's Live API over WebRTC, for tests and for a page without a key.
 *
 * ```ts
 * const simulator = createLiveSimulator()
 * const { url } = await simulator.listen()              // http://127.0.0.1:PORT/v1/live
 * simulator.nextSession({ refuse: 429 })
 *
 * // An application's server posts { session, transport: { type: 'webrtc', sdp } } to `${url}/sessions`, with
 * // a key such as `sk-test`, and gives the page `transport.sdp`.
 * const connection = await simulator.connection()       // the next one, or one that waits to be looked at
 * await connection.waitFor('session.output_transcript.delta')
 * connection.violations                                 // [] if the page kept to the protocol
 * connection.end('expired')
 * await simulator.close()
 * ```
 *
 * The voice goes on all the time, silent or not. Its words come as they are spoken, those of the user when
 * a pause of half a second has come. It breaks off when the user talks into it for 400 ms, and goes on
 * over a shorter word. What is typed (`session.thinking.append`, then `session.instructions.append`) is
 * answered by the guide; with Responses delegation and tools, by a model that calls them. `client.data_channel`
 * is enforced both ways. Sessions with `store` can be forked.
 *
 * Not simulated: sideband, Decisions, triggers, audio fixtures, custom voices, recordings. The error of an
 * event that the channel may not send is not documented: its code here is `event_not_allowed`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describeIssues } from '../openai/client-error.ts'
import { Peer } from '../openai/webrtc/peer.ts'
import { loadWrtc } from '../openai/webrtc/wrtc.ts'
import { newId } from '../openai/wire.ts'
import { LiveConnection } from './live-connection.ts'
import type { LivePlan, LiveSimulatorOptions } from './options.ts'
import { createSchema, forkSchema, type LiveSessionConfig } from './session-schema.ts'

export type { LiveConnection, LiveViolation } from './live-connection.ts'
export type { CloseReason, LivePlan, LiveReply, LiveSimulatorOptions, LiveTurn } from './options.ts'

/** A running simulator. */
export interface LiveSimulator {
  /** Starts a server of its own on a free port. */
  listen(port?: number): Promise<{ readonly url: string }>
  /** Takes an HTTP request, if it is for the simulator. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean
  /** Says what goes wrong with the next session. Several plans wait in line. */
  nextSession(plan: LivePlan): void
  /** The oldest connection that was not yet asked for, or the next one. */
  connection(): Promise<LiveConnection>
  /** Breaks every connection and stops. */
  close(): Promise<void>
}

const TWO_HOURS_MS = 7_200_000
/** A peer that never connects is given up after that long. */
const CONNECT_MS = 30_000

interface Answer {
  readonly status: number
  readonly body: object
}

/** Makes a simulator. It listens to nothing until it is mounted, or told to. */
export function createLiveSimulator(options: LiveSimulatorOptions = {}): LiveSimulator {
  const { path = '/v1/live', apiKey, sessionMs = TWO_HOURS_MS } = options
  const root = `${path}/sessions`
  const plans: LivePlan[] = []
  const peers = new Set<Peer>()
  const stored = new Map<string, LiveSessionConfig>()
  const connections = new Map<string, LiveConnection>()
  const unclaimed: LiveConnection[] = []
  const claims: ((connection: LiveConnection) => void)[] = []
  let server: Server | undefined

  const open = async (config: LiveSessionConfig, offer: string, plan: LivePlan): Promise<Answer> => {
    const id = `live_${newId('sess').slice('sess_'.length)}`
    let connection: LiveConnection | undefined
    const peer = new Peer(await loadWrtc(), {
      open: () => {
        clearTimeout(timer)
        const expiresAt = Date.now() + sessionMs
        connection = new LiveConnection(peer, { id, config, options, expiresAt })
        connections.set(id, connection)
        if (config.store) stored.set(id, config)
        expiry = setTimeout(() => connection?.end('expired'), sessionMs)
        if (!plan.silent) connection.session.start()
        const claim = claims.shift()
        if (claim) claim(connection)
        else unclaimed.push(connection)
      },
      hear: (pcm) => connection?.session.hear(pcm),
      read: (frame) => {
        if (connection) connection.session.read(frame)
        else frame.fill(0)
      },
    })
    let expiry: ReturnType<typeof setTimeout> | undefined
    const timer = setTimeout(() => peer.terminate(), CONNECT_MS)
    peers.add(peer)
    peer.on('close', () => {
      clearTimeout(timer)
      clearTimeout(expiry)
      peers.delete(peer)
      connections.delete(id)
    })
    try {
      const sdp = await peer.answer(offer)
      return { status: 201, body: { session: { id }, transport: { type: 'webrtc', sdp } } }
    } catch {
      peer.terminate()
      return refuse(400, 'invalid_offer', 'Failed to parse the SDP offer.')
    }
  }

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const text = await readBody(request)
    const key = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1]
    if (key === undefined || (apiKey === undefined ? !key.startsWith('sk-') : key !== apiKey)) {
      return refuse(401, 'invalid_api_key', 'Incorrect API key provided.')
    }
    const [id, action] = (request.url ?? '')
      .replace(/\?.*/, '')
      .slice(root.length + 1)
      .split('/')
    if (action === 'hangup') {
      const connection = connections.get(id ?? '')
      if (!connection) return refuse(404, 'session_not_found', 'No such session.')
      connection.end('close_requested')
      return { status: 200, body: {} }
    }
    const body = parse(text)
    const plan = plans.shift() ?? {}
    if (plan.refuse !== undefined) return refuse(plan.refuse, 'refused', 'The session was refused.')
    if (action === 'fork') {
      const config = stored.get(id ?? '')
      const checked = forkSchema.safeParse(body)
      if (!config) return refuse(404, 'session_not_found', 'No such stored session.')
      if (!checked.success) return invalid(body, checked.error.issues)
      const { session = {}, transport } = checked.data
      return open({ ...config, ...session }, transport.sdp, plan)
    }
    const checked = createSchema.safeParse(body)
    if (!checked.success) return invalid(body, checked.error.issues)
    return open(checked.data.session, checked.data.transport.sdp, plan)
  }

  const handleRequest = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    if (pathname !== root && !pathname.startsWith(`${root}/`)) return false
    if (request.method !== 'POST') return false
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
    return true
  }

  return {
    handleRequest,
    nextSession: (plan) => void plans.push(plan),
    listen: async (port = 0) => {
      const http = (server = createServer((request, response) => {
        if (!handleRequest(request, response)) response.writeHead(404).end()
      }))
      await new Promise<void>((resolve) => {
        http.listen(port, '127.0.0.1', resolve)
      })
      return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}${path}` }
    },
    connection: async () => {
      const waiting = unclaimed.shift()
      if (waiting) return waiting
      return new Promise((resolve) => {
        claims.push(resolve)
      })
    },
    close: async () => {
      for (const peer of peers) peer.terminate()
      server?.closeAllConnections()
      await new Promise<void>((resolve) => {
        if (server) server.close(() => resolve())
        else resolve()
      })
    },
  }
}

type Issues = Parameters<typeof describeIssues>[1]

function invalid(body: unknown, issues: Issues): Answer {
  const { code, message, param } = describeIssues(body, issues)
  return { status: 400, body: { error: { type: 'invalid_request_error', code, message, param } } }
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, body: { error: { type: 'invalid_request_error', code, message, param: null } } }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of request) parts.push(part as Uint8Array)
  return Buffer.concat(parts).toString()
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
