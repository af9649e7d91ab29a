import { VoiceQueue } from '../../transport/voice-queue.ts'
import { connectionError, openWebSocket, type SocketConnection } from '../../transport/web-socket.ts'
import { appendAudio } from './encode.ts'
import { closeError } from './failures.ts'
import type { Link, LinkSetup, OutgoingEvent } from './link.ts'

/** 200 ms of audio on the wire. */
const FULL_BYTES = 12_800
/** 10 s, and two besides. */
const MAX_FRAMES = 600
const STUCK_MS = 10_000

/** What a {@link WebSocketLink} works with. */
export interface WebSocketLinkHost {
  readonly onDrop: () => void
  /** The network has taken nothing for ten seconds. */
  readonly onStuck: () => void
  /** Default: the page's clock, ms. */
  readonly now?: () => number
}

/** A conversation over a WebSocket. Audio may have to wait; nothing else does. */
export class WebSocketLink implements Link {
  readonly #socket: Pick<SocketConnection, 'bufferedAmount' | 'send'>
  readonly #voice: VoiceQueue

  constructor(socket: Pick<SocketConnection, 'bufferedAmount' | 'send'>, host: WebSocketLinkHost) {
    this.#socket = socket
    this.#voice = new VoiceQueue({
      ...host,
      buffered: () => socket.bufferedAmount,
      send: (message) => socket.send(message),
      fullBytes: FULL_BYTES,
      maxWaiting: MAX_FRAMES,
      stuckMs: STUCK_MS,
    })
  }

  send(event: OutgoingEvent): void {
    // The turn that it ends is all that was said before.
    if (event.type === 'input_audio_buffer.commit') this.#voice.drain(Infinity)
    if (event.type === 'input_audio_buffer.clear') this.#voice.clear()
    this.#socket.send(JSON.stringify(event))
  }

  sendAudio(frame: Int16Array): void {
    this.#voice.voice(appendAudio(frame))
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
