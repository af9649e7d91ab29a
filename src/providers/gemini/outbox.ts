import { encodeBase64 } from '../../shared/base64.ts'
import { VoiceQueue } from '../../transport/voice-queue.ts'
import type { SocketConnection } from '../../transport/web-socket.ts'
import type { ClientMessage } from './wire.ts'

/** 300 ms of audio on the wire. */
const FULL_BYTES = 13_000
/** 10 s, and some messages. */
const MAX_WAITING = 520
/** Google has been seen to take 30 s over a pong. */
const STUCK_MS = 40_000

/** What an {@link Outbox} works with. */
export interface OutboxHost {
  /** A frame of the microphone's was dropped. */
  readonly onDrop: () => void
  /** The network has taken nothing for a long time. */
  readonly onStuck: () => void
  /** Frames of utter silence after which the audio stream is declared over; `Infinity` for never. */
  readonly silentFrames: number
}

/**
 * What goes to Google. Voice and messages of the user's keep their order; they wait while the gate is shut,
 * and voice also while the network does not keep up.
 *
 * A muted microphone gives utter silence. After some of it the stream is declared over, once, and nothing is
 * sent until there is sound again.
 */
export class Outbox {
  readonly #socket: Pick<SocketConnection, 'bufferedAmount' | 'send'>
  readonly #silentFrames: number
  readonly #queue: VoiceQueue
  #silent = 0

  constructor(
    socket: Pick<SocketConnection, 'bufferedAmount' | 'send'>,
    { silentFrames, ...host }: OutboxHost,
  ) {
    this.#socket = socket
    this.#silentFrames = silentFrames
    this.#queue = new VoiceQueue({
      ...host,
      buffered: () => socket.bufferedAmount,
      send: (message) => socket.send(message),
      fullBytes: FULL_BYTES,
      maxWaiting: MAX_WAITING,
      stuckMs: STUCK_MS,
    })
  }

  /** Bytes that the network has not taken. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  /** Whether what the user says and types waits. */
  get shut(): boolean {
    return this.#queue.held
  }

  set shut(shut: boolean) {
    this.#queue.held = shut
  }

  /** Sends something that does not wait for anything. */
  send(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message))
  }

  /** Sends something that the user did, after all that was said before. */
  input(message: ClientMessage): void {
    this.#queue.message(JSON.stringify(message))
  }

  /** Sends a frame of the user's voice. */
  audio(frame: Int16Array): void {
    this.#silent = frame.some(Boolean) ? 0 : this.#silent + 1
    if (this.#silent === this.#silentFrames) this.input({ realtimeInput: { audioStreamEnd: true } })
    if (this.#silent < this.#silentFrames) this.#queue.voice(audioMessage(frame))
  }
}

/** One frame of the user's voice: base64 needs no escaping. */
function audioMessage(frame: Int16Array): string {
  const data = encodeBase64(new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength))
  return `{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"${data}"}}}`
}
