import { encodeBase64 } from '../../shared/base64.ts'
import type { SocketConnection } from '../../transport/web-socket.ts'
import type { ClientMessage } from './wire.ts'

/** 300 ms of audio on the wire. What a socket has taken cannot be taken back. */
const FULL_BYTES = 13_000
/** Audio that is older smears turn detection, and answers come late. */
const MAX_WAIT_MS = 1000
/** 10 s, and some messages. */
const MAX_WAITING = 520
/** Google has been seen to take 30 s over a pong. */
const STUCK_MS = 40_000
/** Longest time that counts between two frames: a page that slept says nothing about its network. */
const MAX_STEP_MS = 100

/** What an {@link Outbox} works with. */
export interface OutboxHost {
  /** A frame of the microphone's was dropped. */
  readonly onDrop: () => void
  /** The network has taken nothing for a long time. */
  readonly onStuck: () => void
  /** Frames of utter silence after which the audio stream is declared over; `Infinity` for never. */
  readonly silentFrames: number
}

interface Waiting {
  /** When it came, if it is audio. */
  readonly at?: number
  readonly message: string
}

/**
 * What goes to Google. Voice and messages of the user's keep their order; they wait while the gate is shut,
 * and voice also while the network does not keep up. The oldest of it is dropped then.
 *
 * A muted microphone gives utter silence. After some of it the stream is declared over, once, and nothing is
 * sent until there is sound again.
 */
export class Outbox {
  readonly #socket: Pick<SocketConnection, 'bufferedAmount' | 'send'>
  readonly #host: OutboxHost
  readonly #waiting: Waiting[] = []
  #shut = false
  #silent = 0
  #seenAt = 0
  /** Time that passed while frames came, ms. */
  #time = 0
  #movedAt = 0
  #buffered = 0

  constructor(socket: Pick<SocketConnection, 'bufferedAmount' | 'send'>, host: OutboxHost) {
    this.#socket = socket
    this.#host = host
  }

  /** Bytes that the network has not taken. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  /** Whether what the user says and types waits. */
  get shut(): boolean {
    return this.#shut
  }

  set shut(shut: boolean) {
    this.#shut = shut
    this.#drain(Infinity)
  }

  /** Sends something that does not wait for anything. */
  send(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message))
  }

  /** Sends something that the user did, after all that was said before. */
  input(message: ClientMessage): void {
    this.#waiting.push({ message: JSON.stringify(message) })
    this.#drain(Infinity)
  }

  /** Sends a frame of the user's voice. */
  audio(frame: Int16Array): void {
    const now = performance.now()
    const time = (this.#time += Math.min(now - this.#seenAt, MAX_STEP_MS))
    this.#seenAt = now
    const { silentFrames, onDrop, onStuck } = this.#host
    this.#silent = frame.some(Boolean) ? 0 : this.#silent + 1
    if (this.#silent === silentFrames) this.input({ realtimeInput: { audioStreamEnd: true } })
    if (this.#silent >= silentFrames) return
    const waiting = this.#waiting
    waiting.push({ at: time, message: audioMessage(frame) })
    this.#drain(FULL_BYTES)
    while (waiting.length > MAX_WAITING || (!this.#shut && time - (waiting[0]?.at ?? time) > MAX_WAIT_MS)) {
      const oldest = waiting.findIndex(({ at }) => at !== undefined)
      if (oldest < 0) break
      waiting.splice(oldest, 1)
      onDrop()
    }
    const { bufferedAmount } = this.#socket
    if (!bufferedAmount || bufferedAmount < this.#buffered) this.#movedAt = time
    this.#buffered = bufferedAmount
    if (time - this.#movedAt > STUCK_MS) onStuck()
  }

  /** Sends what waits, until the socket holds so much. */
  #drain(bytes: number): void {
    while (!this.#shut && this.#socket.bufferedAmount < bytes) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#socket.send(next.message)
    }
  }
}

/** One frame of the user's voice: base64 needs no escaping. */
function audioMessage(frame: Int16Array): string {
  const data = encodeBase64(new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength))
  return `{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"${data}"}}}`
}
