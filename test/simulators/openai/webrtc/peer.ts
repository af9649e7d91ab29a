import { EventEmitter } from 'node:events'
import type { RawData } from 'ws'
import { FRAME_MS, startFrameClock } from './frame-clock.ts'
import { VoiceInput } from './voice-input.ts'
import type { AudioSink, AudioSource, Wrtc } from './wrtc.ts'

const SAMPLE_RATE = 24_000
const FRAME_LENGTH = (SAMPLE_RATE * FRAME_MS) / 1000
const CHANNEL_LABEL = 'oai-events'
/** For the last messages to be sent, once the channel is closing. */
const GOODBYE_MS = 500

/** What a peer tells, and is asked for. */
export interface PeerHost {
  /** The data channel is open. */
  open(): void
  /** PCM16 at 24 kHz has come. */
  hear(pcm: Int16Array): void
  /** Gives the next PCM16 at 24 kHz to be sent. */
  read(frame: Int16Array): void
}

/** The server's end of a peer connection: its data channel in the manner of a WebSocket, and its media. */
export class Peer {
  readonly #host: PeerHost
  readonly #events = new EventEmitter()
  readonly #connection: RTCPeerConnection
  readonly #source: AudioSource
  readonly #track: MediaStreamTrack
  readonly #newSink: (track: MediaStreamTrack) => AudioSink
  readonly #frame = new Int16Array(FRAME_LENGTH)
  // The library crashes if a part of it is collected while the connection lives.
  readonly #kept: unknown[] = []
  readonly #sinks: AudioSink[] = []
  #channel: RTCDataChannel | undefined
  #stopClock: (() => void) | undefined
  #unread: unknown[] | undefined
  #ended = false

  constructor({ RTCPeerConnection, nonstandard }: Wrtc, host: PeerHost) {
    this.#host = host
    this.#connection = new RTCPeerConnection()
    this.#source = new nonstandard.RTCAudioSource()
    this.#track = this.#source.createTrack()
    this.#newSink = (track) => new nonstandard.RTCAudioSink(track)
    this.#kept.push(this.#connection.addTrack(this.#track))
    this.#connection.ontrack = ({ track, receiver }) => this.#listen(track, receiver)
    this.#connection.ondatachannel = ({ channel }) => this.#takeChannel(channel)
    this.#connection.onconnectionstatechange = () => this.#followConnection()
  }

  /** Answers an offer, with all candidates. Rejects if it is not one. */
  async answer(offer: string): Promise<string> {
    const connection = this.#connection
    await connection.setRemoteDescription({ type: 'offer', sdp: offer })
    const gathered = new Promise<void>((resolve) => {
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState === 'complete') resolve()
      }
    })
    await connection.setLocalDescription(await connection.createAnswer())
    if (connection.iceGatheringState !== 'complete') await gathered
    return connection.localDescription?.sdp ?? ''
  }

  on(event: 'close', listener: (code: number, reason: Buffer) => void): void
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): void
  on(event: 'error', listener: () => void): void
  on(event: string, listener: (...values: never[]) => void): void {
    this.#events.on(event, listener as (...values: unknown[]) => void)
  }

  send(frame: string | Uint8Array): void {
    if (this.#channel?.readyState !== 'open') return
    try {
      if (typeof frame === 'string') this.#channel.send(frame)
      else this.#channel.send(Uint8Array.from(frame))
    } catch (error) {
      // The library knows that the other side is gone before `readyState` says so.
      if ((error as Error).name !== 'InvalidStateError') throw error
    }
  }

  /** Sends what is still to be sent, and ends. */
  close(code: number, reason: string): void {
    this.#stopClock?.()
    const channel = this.#channel
    if (channel?.readyState !== 'open') {
      this.#end(code, reason)
      return
    }
    const timer = setTimeout(() => this.#end(code, reason), GOODBYE_MS)
    channel.onclose = () => {
      clearTimeout(timer)
      this.#end(code, reason)
    }
    channel.close()
  }

  /** Ends at once. */
  terminate(): void {
    this.#end(1006, '')
  }

  /** Stays connected, but plays nothing, drops what it hears, and leaves messages unread. */
  pause(): void {
    this.#unread ??= []
    this.#stopClock?.()
  }

  /** Reads what was left unread, and goes on. */
  resume(): void {
    const unread = this.#unread ?? []
    this.#unread = undefined
    for (const data of unread) this.#receive(data)
    if (!this.#ended) this.#startClock()
  }

  #takeChannel(channel: RTCDataChannel): void {
    this.#kept.push(channel)
    if (channel.label !== CHANNEL_LABEL || this.#channel) return
    this.#channel = channel
    channel.binaryType = 'arraybuffer'
    channel.onmessage = ({ data }) => this.#receive(data)
    channel.onclose = () => this.#end(1005, '')
    if (channel.readyState === 'open') this.#open()
    else channel.onopen = () => this.#open()
  }

  #open(): void {
    this.#host.open()
    if (!this.#ended && !this.#unread) this.#startClock()
  }

  #startClock(): void {
    this.#stopClock?.()
    this.#stopClock = startFrameClock(() => this.#play())
  }

  #receive(data: unknown): void {
    if (this.#unread) this.#unread.push(data)
    else if (typeof data === 'string') this.#events.emit('message', Buffer.from(data), false)
    else this.#events.emit('message', Buffer.from(data as ArrayBuffer), true)
  }

  #play(): void {
    this.#host.read(this.#frame)
    this.#source.onData({
      samples: this.#frame,
      sampleRate: SAMPLE_RATE,
      bitsPerSample: 16,
      channelCount: 1,
      numberOfFrames: FRAME_LENGTH,
    })
  }

  #listen(track: MediaStreamTrack, receiver: RTCRtpReceiver): void {
    if (track.kind !== 'audio') return
    const sink = this.#newSink(track)
    const input = new VoiceInput()
    this.#kept.push(track, receiver)
    this.#sinks.push(sink)
    sink.ondata = (chunk) => {
      if (this.#channel?.readyState === 'open' && !this.#unread) this.#host.hear(input.convert(chunk))
    }
  }

  #followConnection(): void {
    const { connectionState } = this.#connection
    if (connectionState === 'failed' || connectionState === 'closed') this.#end(1006, '')
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#stopClock?.()
    for (const sink of this.#sinks) sink.stop()
    this.#track.stop()
    this.#connection.close()
    this.#events.emit('close', code, Buffer.from(reason))
  }
}
