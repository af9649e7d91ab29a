import type { ConnectionError, ErrorCode, ErrorDetails } from '../core/errors.ts'
import { peerStats, type PeerStats } from './peer-stats.ts'

/** Makes a `ConnectionError`. */
export type MakeError = (message: string, details: ErrorDetails) => ConnectionError

/** What a {@link PeerConnection} is opened with. */
export interface PeerConnectionSetup {
  /** Label of the data channel. */
  readonly channel: string
  /** Ends the connection, before and after it is open; nothing is reported afterwards. */
  readonly signal: AbortSignal
  /** Takes each text message of the data channel, in order. */
  readonly onMessage: (text: string) => void
  /** The open connection ended without `signal`. Called at most once. */
  readonly onClose: (error: ConnectionError) => void
  /** See `PeerSetup`. */
  readonly takeChannel?: (channel: RTCDataChannel, lost: () => void) => Promise<void>
  /** Takes the other side's voice, which is silence until the connection is open. */
  readonly onVoice: (stream: MediaStream) => void
  readonly makeError: MakeError
  /** Longest time from the answer to the open data channel, ms. Default 10,000. */
  readonly timeoutMs?: number
}

/** A network that is gone comes back within this time, or not at all. */
const GRACE_MS = 5000
/** Chromium sends no longer message, whatever the other side takes. */
const MAX_MESSAGE_BYTES = 262_144

/**
 * A WebRTC connection with Opus both ways and a data channel, offered by the page.
 *
 * The offer does not wait for candidates: a service names its own in the answer, and learns the page's
 * from the first packet.
 */
export class PeerConnection {
  readonly #setup: PeerConnectionSetup
  readonly #connection = new RTCPeerConnection()
  readonly #channel: RTCDataChannel
  readonly #sender: RTCRtpSender
  /** Resolves when the data channel is open. */
  readonly #ready: Promise<void>
  #fail: (reason: unknown) => void = () => {}
  #grace: ReturnType<typeof setTimeout> | undefined
  #offer = ''
  #open = false
  #closed = false
  #muted = false
  #track: MediaStreamTrack | undefined
  /** What is sent while muted: a clone, since the caller's track is not to be changed. */
  #silence: MediaStreamTrack | undefined

  private constructor(setup: PeerConnectionSetup) {
    this.#setup = setup
    const connection = this.#connection
    const { sender, receiver } = connection.addTransceiver('audio', { direction: 'sendrecv' })
    this.#sender = sender
    const channel = (this.#channel = connection.createDataChannel(setup.channel))
    // In the turn in which it is made it can go to another thread, and never again.
    const taken = setup.takeChannel?.(channel, () => this.#lose())
    setup.signal.addEventListener('abort', this.#abort)
    connection.ontrack = () => setup.onVoice(new MediaStream([receiver.track]))
    connection.onconnectionstatechange = () => this.#watch(connection.connectionState)
    this.#ready = new Promise((resolve, reject) => {
      this.#fail = reject
      const listen = (): void => {
        channel.onopen = () => resolve()
        channel.onclose = () => this.#lose()
        channel.onmessage = ({ data }: MessageEvent<unknown>) => {
          if (typeof data === 'string') setup.onMessage(data)
        }
      }
      if (taken) taken.then(resolve, listen)
      else listen()
    })
    // Nobody waits for it yet.
    this.#ready.catch(() => {})
  }

  /** Makes an offer. Rejects with a `ConnectionError`, or with the reason of `signal`. */
  static async open(setup: PeerConnectionSetup): Promise<PeerConnection> {
    const { signal, makeError } = setup
    signal.throwIfAborted()
    let peer: PeerConnection | undefined
    try {
      peer = new PeerConnection(setup)
      // A connection that is closed in the middle of an offer never makes it.
      await Promise.race([peer.#makeOffer(), peer.#ready])
      return peer
    } catch {
      peer?.close()
      signal.throwIfAborted()
      throw makeError('This browser cannot make a WebRTC connection.', { code: 'connection-refused' })
    }
  }

  /** The page's session description (SDP). */
  get offer(): string {
    return this.#offer
  }

  /** Bytes that `send` has taken and the network has not. */
  get bufferedAmount(): number {
    return this.#channel.bufferedAmount
  }

  /** The longest message that can be sent, bytes. Known once `accept` has resolved. */
  get maxMessageBytes(): number {
    return Math.min(this.#connection.sctp?.maxMessageSize || MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES)
  }

  /** How well the other side's voice comes through. Rejects once the connection is closed. */
  async stats(): Promise<PeerStats> {
    return peerStats(await this.#connection.getStats())
  }

  /**
   * Takes the other side's session description. Resolves when the data channel is open.
   * Rejects with a {@link ConnectionError}, or with the reason of `signal`.
   */
  async accept(answer: string): Promise<void> {
    const { timeoutMs = 10_000 } = this.#setup
    const timer = setTimeout(() => {
      this.#refuse('connection-timeout', `was not open within ${timeoutMs} ms`)
    }, timeoutMs)
    // What it rejects with may quote the answer, which is not repeated.
    this.#connection.setRemoteDescription({ type: 'answer', sdp: answer }).catch(() => {
      this.#refuse('connection-refused', 'was answered with what this browser does not understand', false)
    })
    try {
      await this.#ready
      this.#open = true
    } catch (error) {
      this.close()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Sends a text message. On a channel that is no longer open it does nothing. */
  send(text: string): void {
    if (this.#channel.readyState === 'open') this.#channel.send(text)
  }

  /**
   * Sends another microphone's sound, or none. The track stays the caller's: it is neither changed nor
   * stopped, and a caller that disables it is not heard.
   */
  setMicrophone(track: MediaStreamTrack | undefined): void {
    this.#track = track
    this.#send()
  }

  /** While muted, silence is sent. */
  set muted(muted: boolean) {
    if (muted === this.#muted) return
    this.#muted = muted
    this.#send()
  }

  /** Ends the connection; nothing is reported any more. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#fail(new DOMException('The connection was closed.', 'AbortError'))
    clearTimeout(this.#grace)
    this.#setup.signal.removeEventListener('abort', this.#abort)
    this.#channel.onopen = this.#channel.onclose = this.#channel.onmessage = null
    this.#connection.ontrack = this.#connection.onconnectionstatechange = null
    this.#silence?.stop()
    this.#connection.close()
  }

  readonly #abort = (): void => {
    this.#fail(this.#setup.signal.reason)
    this.close()
  }

  #send(): void {
    if (this.#closed) return
    this.#silence?.stop()
    this.#silence = this.#muted ? this.#track?.clone() : undefined
    if (this.#silence) this.#silence.enabled = false
    // It only rejects when the connection is closed, and then nobody hears it.
    this.#sender.replaceTrack(this.#silence ?? this.#track ?? null).catch(() => {})
  }

  #watch(state: RTCPeerConnectionState): void {
    if (state === 'failed') return this.#lose()
    clearTimeout(this.#grace)
    if (state === 'disconnected') this.#grace = setTimeout(() => this.#lose(), GRACE_MS)
  }

  #lose(): void {
    if (this.#closed) return
    if (!this.#open) return this.#refuse('connection-refused', 'could not be made')
    this.close()
    this.#setup.onClose(this.#error('connection-lost', 'was lost'))
  }

  #refuse(code: ErrorCode, what: string, retryable?: boolean): void {
    this.#fail(this.#error(code, what, retryable))
  }

  #error(code: ErrorCode, what: string, retryable = true): ConnectionError {
    return this.#setup.makeError(`The WebRTC connection ${what}.`, { code, retryable })
  }

  async #makeOffer(): Promise<void> {
    const offer = await this.#connection.createOffer()
    await this.#connection.setLocalDescription(offer)
    this.#offer = offer.sdp ?? ''
  }
}
