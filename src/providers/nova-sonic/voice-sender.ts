import { encodeBase64 } from '../../shared/base64.ts'
import { VoiceQueue } from '../../transport/voice-queue.ts'
import type { EventSocket } from './aws-socket.ts'
import { voiceOf } from './encode.ts'
import { frameSamples } from './user-voice.ts'

/** 400 ms of audio on the wire. */
const FULL_BYTES = 25_600
/** A backlog that arrives at once, and a second besides. */
const MAX_FRAMES = 700
const DRAIN_MS = 20
const STUCK_MS = 10_000
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
 * Sends the user's voice over one connection. Where there is no microphone there is silence: a stream
 * without sound is ended.
 */
export class VoiceSender {
  readonly #host: VoiceSenderHost
  readonly #queue: VoiceQueue
  readonly #silence = encodeBase64(new Uint8Array(frameSamples * 2))
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Rounds of the timer without a frame. */
  #idle = 0

  constructor(host: VoiceSenderHost) {
    const { socket, signal, onDrop, onStuck } = host
    this.#host = host
    this.#queue = new VoiceQueue({
      buffered: () => socket.bufferedAmount,
      send: (content) => this.resend(content),
      fullBytes: FULL_BYTES,
      maxWaiting: MAX_FRAMES,
      stuckMs: STUCK_MS,
      onDrop,
      onStuck,
    })
    const timer = setInterval(() => this.#fill(), SILENCE_MS)
    signal.addEventListener('abort', () => {
      clearInterval(timer)
      clearTimeout(this.#timer)
      this.#queue.clear()
    })
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
    if (this.#host.signal.aborted) return
    this.#queue.voice(content)
    this.#drainLater()
  }

  #drainLater(): void {
    clearTimeout(this.#timer)
    if (this.#queue.length === 0) return
    this.#timer = setTimeout(() => {
      this.#queue.drain()
      this.#drainLater()
    }, DRAIN_MS)
  }

  #fill(): void {
    // One round may be a page that was busy: its frames are still to come.
    if (this.#idle++ < 2) return
    for (let ms = 0; ms < SILENCE_MS; ms += 32) this.#push(this.#silence)
  }
}
