import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConnectionPlan, ConnectionSocket } from '../connection.ts'
import type { SessionConfig } from '../session-config.ts'
import { newId } from '../wire.ts'
import { CallMedia } from './call-media.ts'
import { checkAccess, readCall, refuse, type CallAccess, type CallRefusal } from './call-request.ts'
import { Peer } from './peer.ts'
import { loadWrtc } from './wrtc.ts'

/** A peer that never connects is given up after that long. */
const CONNECT_MS = 30_000

/** What calls need of their simulator. */
export interface CallsHost extends CallAccess {
  /** Where the simulator is mounted. */
  readonly path: string
  readonly record: boolean
  nextPlan(): ConnectionPlan | undefined
  /** A client is connected. */
  welcome(socket: ConnectionSocket, config: SessionConfig, plan: ConnectionPlan, media: CallMedia): void
}

/** Sessions over WebRTC: answers `POST …/calls`, its preflight, and `POST …/calls/{id}/hangup`. */
export class Calls {
  readonly #host: CallsHost
  readonly #peers = new Map<string, Peer>()
  readonly #pending = new Set<Promise<void>>()

  constructor(host: CallsHost) {
    this.#host = host
  }

  /** Takes a request, if it is for one of the routes. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '', 'http://localhost')
    const root = `${this.#host.path}/calls`
    if (url.pathname !== root && !url.pathname.startsWith(`${root}/`)) return false
    const id = url.pathname.slice(root.length + 1).match(/^([^/]+)\/hangup$/)?.[1]
    allowEveryOrigin(request, response)
    if (request.method === 'OPTIONS') response.writeHead(204).end()
    else if (request.method === 'POST' && url.pathname === root) {
      this.#begin(request, response, url.searchParams.get('webrtcfilter') === 'on')
    } else if (request.method === 'POST' && id !== undefined) this.#hangUp(request, response, id)
    else answerRefusal(response, refuse(404, 'not_found', 'There is no such route.'))
    return true
  }

  /** Ends every call, whether it was ever connected or not. */
  async close(): Promise<void> {
    this.#endAll()
    await Promise.all(this.#pending)
    this.#endAll()
  }

  #endAll(): void {
    for (const peer of this.#peers.values()) peer.terminate()
  }

  #begin(request: IncomingMessage, response: ServerResponse, filtered: boolean): void {
    const pending = this.#call(request, response, filtered)
      .catch((error: unknown) => {
        // The client has gone, or there is no WebRTC on this machine.
        if (!response.headersSent) answerRefusal(response, refuse(500, 'server_error', String(error)))
      })
      .finally(() => this.#pending.delete(pending))
    this.#pending.add(pending)
  }

  async #call(request: IncomingMessage, response: ServerResponse, filtered: boolean): Promise<void> {
    const call = await readCall(request, this.#host)
    if (call.type === 'refused') {
      answerRefusal(response, call)
      return
    }
    const plan = this.#host.nextPlan() ?? {}
    if (plan.hangUp) {
      request.destroy()
      return
    }
    if (plan.refuse !== undefined) {
      if (plan.refuseBody === undefined) {
        answerRefusal(response, refuse(plan.refuse, 'refused', 'The call was refused.'))
      } else response.writeHead(plan.refuse).end(plan.refuseBody)
      return
    }
    const id = `rtc_u2_${newId('sess').slice('sess_'.length)}`
    const media = new CallMedia({ filtered, record: this.#host.record })
    const peer = new Peer(await loadWrtc(), {
      open: () => {
        clearTimeout(timer)
        this.#host.welcome(peer, call.config, plan, media)
      },
      hear: (pcm) => media.hear(pcm),
      read: (frame) => media.read(frame),
    })
    const timer = setTimeout(() => peer.terminate(), CONNECT_MS)
    this.#peers.set(id, peer)
    peer.on('close', () => {
      clearTimeout(timer)
      this.#peers.delete(id)
    })
    try {
      const answer = await peer.answer(call.offer)
      response.writeHead(201, {
        'content-type': 'text/plain; charset=utf-8',
        location: `${this.#host.path}/calls/${id}`,
      })
      response.end(answer)
      // Its candidates lead nowhere from now on.
      if (plan.stallIce) peer.terminate()
    } catch {
      peer.terminate()
      answerRefusal(response, refuse(400, 'invalid_offer', 'Failed to parse the SDP offer.'))
    }
  }

  #hangUp(request: IncomingMessage, response: ServerResponse, id: string): void {
    request.resume()
    const peer = this.#peers.get(id)
    const refusal =
      checkAccess(request, this.#host) ??
      (peer ? undefined : refuse(404, 'call_id_not_found', 'No such call.'))
    if (refusal) answerRefusal(response, refusal)
    else response.writeHead(200).end()
    if (!refusal) peer?.close(1000, 'The call was hung up.')
  }
}

function allowEveryOrigin(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*')
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-methods', 'GET, OPTIONS, POST')
    response.setHeader(
      'access-control-allow-headers',
      request.headers['access-control-request-headers'] ?? '*',
    )
  } else {
    response.setHeader('access-control-expose-headers', 'Location, X-Request-Id')
    response.setHeader('x-request-id', `req_${newId('sess').slice('sess_'.length)}`)
  }
}

function answerRefusal(response: ServerResponse, { status, code, message, param }: CallRefusal): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param, code } }))
}
