import { connectionError, openWebSocket, type SocketConnection } from '../../transport/web-socket.ts'
import { appendAudio } from './encode.ts'
import { closeError } from './failures.ts'
import type { Link, LinkSetup, OutgoingEvent } from './link.ts'

/** 200 ms of audio on the wire. What a socket has taken cannot be taken back. */
const FULL_BYTES = 12_800
/** Audio that is older smears turn detection, and answers come late. */
const MAX_WAIT_MS = 1000
/** More than a backlog that arrives at once and a second besides. */
const MAX_FRAMES = 600
const STUCK_MS = 10_000
/** Longest time that counts between two frames: a page that slept says nothing about its network. */
const MAX_STEP_MS = 100

/** What a {@link WebSocketLink} works with. */
export interface WebSocketLinkHost {
  readonly onDrop: () => void
  /** The network has taken nothing for ten seconds. */
  readonly onStuck: () => void
  /** Default: the page's clock, ms. */
  readonly now?: () => number
}

/**
 * A conversation over a WebSocket. Audio waits in front of the socket while the network does not keep up,
 * and the oldest is dropped; nothing else waits.
 */
export class WebSocketLink implements Link {
  readonly #socket: Pick<SocketConnection, 'bufferedAmount' | 'send'>
  readonly #host: WebSocketLinkHost
  readonly #waiting: { readonly at: number; readonly message: string }[] = []
  readonly #now: () => number
  #seenAt: number
  /** Time that passed while frames came, ms. */
  #time = 0
  #movedAt = 0
  #buffered = 0

  constructor(socket: Pick<SocketConnection, 'bufferedAmount' | 'send'>, host: WebSocketLinkHost) {
    this.#socket = socket
    this.#host = host
    this.#now = host.now ?? (() => performance.now())
    this.#seenAt = this.#now()
  }

  send(event: OutgoingEvent): void {
    // The turn that it ends is all that was said before.
    if (event.type === 'input_audio_buffer.commit') this.#drain(Infinity)
    if (event.type === 'input_audio_buffer.clear') this.#waiting.length = 0
    this.#socket.send(JSON.stringify(event))
  }

  sendAudio(frame: Int16Array): void {
    const now = this.#now()
    const time = (this.#time += Math.min(now - this.#seenAt, MAX_STEP_MS))
    this.#seenAt = now
    const waiting = this.#waiting
    waiting.push({ at: time, message: appendAudio(frame) })
    this.#drain(FULL_BYTES)
    while (waiting.length > MAX_FRAMES || time - (waiting[0]?.at ?? time) > MAX_WAIT_MS) {
      waiting.shift()
      this.#host.onDrop()
    }
    const { bufferedAmount } = this.#socket
    if (!waiting.length || bufferedAmount < this.#buffered) this.#movedAt = time
    this.#buffered = bufferedAmount
    if (time - this.#movedAt > STUCK_MS) this.#host.onStuck()
  }

  /** Sends what waits, until the socket holds so much. */
  #drain(bytes: number): void {
    while (this.#socket.bufferedAmount < bytes) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#socket.send(next.message)
    }
  }
}

/** Opens a conversation over a WebSocket. Rejects as `openWebSocket` does, and with what `token` rejects with. */
export async function openWebSocketLink(setup: LinkSetup): Promise<Link> {
  const { url, signal, timeoutMs, onClose, onDrop } = setup
  let link: Link | undefined
  const linkOf = (socket: SocketConnection): Link =>
    (link ??= new WebSocketLink(socket, {
      onDrop,
      onStuck: () => onClose(connectionError(url, 'connection-lost', 'takes nothing any more')),
    }))
  const socket = await openWebSocket(url, {
    protocols: setup.protocols(await setup.token),
    signal,
    timeoutMs,
    onMessage: (data, socket) => setup.onMessage(data, linkOf(socket)),
    onClose: ({ code, reason }) => onClose(closeError(url, code, reason)),
  })
  return linkOf(socket)
}
