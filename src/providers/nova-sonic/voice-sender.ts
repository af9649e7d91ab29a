import { encodeBase64 } from '../../shared/base64.ts'
import type { EventSocket } from './aws-socket.ts'
import { voiceOf } from './encode.ts'
import { frameSamples } from './user-voice.ts'

/** 400 ms of audio on the wire. What a socket has taken cannot be taken back. */
const FULL_BYTES = 25_600
/** Audio that is older smears turn detection, and answers come late. */
const MAX_WAIT_MS = 1000
/** A backlog that arrives at once, and a second besides. */
const MAX_FRAMES = 700
const DRAIN_MS = 20
const STUCK_MS = 10_000
/** Longest time that counts between two frames: a page that slept says nothing about its network. */
const MAX_STEP_MS = 100
/** 16 frames. */
const SILENCE_MS = 512

/** What a {@link VoiceSender} works with. */
export interface VoiceSenderHost {
  readonly socket: Pick<EventSocket, 'bufferedAmount' | 'send'>
  readonly promptName: string
  /** Aborts with the connection. */
  readonly signal: AbortSignal
  readonly onDrop: () => void
  /** The network has taken nothing for ten seconds. */
  readonly onStuck: () => void
}

/**
 * Sends the user's voice over one connection. It waits in front of the socket while the network does not
 * keep up, and the oldest is dropped. Where there is no microphone there is silence: a stream without
 * sound is ended.
 */
export class VoiceSender {
  readonly #host: VoiceSenderHost
  readonly #silence = encodeBase64(new Uint8Array(frameSamples * 2))
  readonly #waiting: { readonly at: number; readonly content: string }[] = []
  #seenAt = performance.now()
  /** Time that passed while frames came, ms. */
  #time = 0
  #movedAt = 0
  #buffered = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Rounds of the timer without a frame. */
  #idle = 0

  constructor(host: VoiceSenderHost) {
    this.#host = host
    const timer = setInterval(() => this.#fill(), SILENCE_MS)
    host.signal.addEventListener('abort', () => clearInterval(timer))
  }

  /** @param content 32 ms, base64 of PCM16. */
  send(content: string): void {
    this.#idle = 0
    this.#push(content)
  }

  /** Sends at once what was kept, before all that waits. */
  resend(content: string): void {
    const { socket, promptName } = this.#host
    socket.send(voiceOf(promptName, content))
  }

  #push(content: string): void {
    const { socket, onDrop, onStuck } = this.#host
    const now = performance.now()
    const time = (this.#time += Math.min(now - this.#seenAt, MAX_STEP_MS))
    this.#seenAt = now
    const waiting = this.#waiting
    waiting.push({ at: time, content })
    this.#drain()
    while (waiting.length > MAX_FRAMES || time - (waiting[0]?.at ?? time) > MAX_WAIT_MS) {
      waiting.shift()
      onDrop()
    }
    const { bufferedAmount } = socket
    if (waiting.length === 0 || bufferedAmount < this.#buffered) this.#movedAt = time
    this.#buffered = bufferedAmount
    if (time - this.#movedAt > STUCK_MS) onStuck()
  }

  /** Sends what waits, until the socket is full; then again a little later. */
  #drain(): void {
    const { signal, socket } = this.#host
    clearTimeout(this.#timer)
    while (!signal.aborted && socket.bufferedAmount < FULL_BYTES) {
      const next = this.#waiting.shift()
      if (!next) return
      this.resend(next.content)
    }
    if (!signal.aborted) this.#timer = setTimeout(() => this.#drain(), DRAIN_MS)
  }

  #fill(): void {
    // One round may be a page that was busy: its frames are still to come.
    if (this.#idle++ < 2) return
    for (let ms = 0; ms < SILENCE_MS; ms += 32) this.#push(this.#silence)
  }
}
