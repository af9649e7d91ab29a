import { Journal, type JournalEntry, type WaitOptions, type Wanted } from '../../journal.ts'
import { joinPcm, PcmRecording } from '../../pcm.ts'
import { silence } from '../raw-client.ts'
import type { WireMessage } from '../wire.ts'
import { FRAME_MS, startFrameClock } from './frame-clock.ts'
import { VoiceInput } from './voice-input.ts'
import type { AudioSink, AudioSource, Wrtc } from './wrtc.ts'

const SAMPLE_RATE = 24_000
const FRAME_LENGTH = (SAMPLE_RATE * FRAME_MS) / 1000

/** A client of a call that understands nothing: it sends what it is told to, and keeps what it gets. */
export class RawPeer {
  /** PCM16 at 24 kHz that came over RTP, from the first packet on. */
  readonly heard: PcmRecording = new PcmRecording()
  /** Resolves when the data channel is open. */
  readonly opened: Promise<void>
  /** Resolves when the data channel has closed. */
  readonly closed: Promise<void>
  readonly #connection: RTCPeerConnection
  readonly #channel: RTCDataChannel
  readonly #source: AudioSource
  readonly #track: MediaStreamTrack
  // The library crashes if a part of it is collected while the connection lives.
  readonly #kept: unknown[] = []
  readonly #sinks: AudioSink[] = []
  readonly #journal = new Journal<WireMessage>({ keepsAll: true })
  #stopClock: (() => void) | undefined
  #speech: Int16Array = new Int16Array(0)

  constructor({ RTCPeerConnection, nonstandard }: Wrtc, label = 'oai-events') {
    this.#connection = new RTCPeerConnection()
    this.#channel = this.#connection.createDataChannel(label)
    this.#channel.onmessage = ({ data }) =>
      this.#journal.record('received', JSON.parse(String(data)) as WireMessage)
    this.opened = new Promise((resolve) => {
      this.#channel.onopen = () => {
        this.#stopClock = startFrameClock(() => this.#sendFrame())
        resolve()
      }
    })
    this.closed = new Promise((resolve) => {
      this.#channel.onclose = () => {
        this.#stopClock?.()
        this.#journal.close('the data channel has closed.')
        resolve()
      }
    })
    this.#source = new nonstandard.RTCAudioSource()
    this.#track = this.#source.createTrack()
    this.#kept.push(this.#connection.addTrack(this.#track))
    this.#connection.ontrack = ({ track, receiver }) => {
      const sink = new nonstandard.RTCAudioSink(track)
      const input = new VoiceInput()
      sink.ondata = (chunk) => this.heard.append(input.convert(chunk))
      this.#sinks.push(sink)
      this.#kept.push(track, receiver)
    }
  }

  /** Its session description, with all candidates. */
  async offer(): Promise<string> {
    const connection = this.#connection
    const gathered = new Promise<void>((resolve) => {
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState === 'complete') resolve()
      }
    })
    await connection.setLocalDescription(await connection.createOffer())
    await gathered
    return connection.localDescription?.sdp ?? ''
  }

  async accept(answer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: answer })
  }

  get connectionState(): RTCPeerConnectionState {
    return this.#connection.connectionState
  }

  /** Everything that was received. */
  get events(): readonly WireMessage[] {
    return this.#journal.of('received').map(({ message }) => message)
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type)
  }

  send(message: WireMessage): void {
    this.#journal.record('sent', message)
    this.#channel.send(JSON.stringify(message))
  }

  /** Speaks from now on, in real time, with silence after it. Resolves when all of it is sent. */
  async speak(pcm: Int16Array, { afterMs = 600 } = {}): Promise<void> {
    this.#speech = joinPcm([this.#speech, pcm, silence(afterMs)])
    while (this.#speech.length > 0 && this.#channel.readyState === 'open') {
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS))
    }
  }

  /** Sends a typed message and asks for an answer. */
  say(text: string): void {
    const content = [{ type: 'input_text', text }]
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
    this.send({ type: 'response.create' })
  }

  /** Waits for an event of the server. */
  waitFor(wanted: Wanted<WireMessage>, options: WaitOptions = {}): Promise<JournalEntry<WireMessage>> {
    return this.#journal.waitFor(wanted, { direction: 'received', ...options })
  }

  /** Waits for the `session.updated` that follows a `session.update`. */
  async update(session: Readonly<Record<string, unknown>>): Promise<void> {
    await this.waitFor('session.created')
    const after = this.#journal.entries.at(-1)?.sequence ?? 0
    this.send({ type: 'session.update', session: { type: 'realtime', ...session } })
    await this.waitFor('session.updated', { after })
  }

  close(): void {
    this.#stopClock?.()
    for (const sink of this.#sinks) sink.stop()
    this.#track.stop()
    this.#connection.close()
  }

  #sendFrame(): void {
    const samples = new Int16Array(FRAME_LENGTH)
    samples.set(this.#speech.subarray(0, FRAME_LENGTH))
    this.#speech = this.#speech.subarray(FRAME_LENGTH)
    this.#source.onData({
      samples,
      sampleRate: SAMPLE_RATE,
      bitsPerSample: 16,
      channelCount: 1,
      numberOfFrames: FRAME_LENGTH,
    })
  }
}
