import { vi } from 'vitest'
import type { MessagePortLike, PlaybackInput, PlaybackReport } from '../../src/shared/messages.ts'
import { VoiceGate } from '../../src/shared/voice-gate.ts'
import { FRAME_MS, startFrameClock } from '../simulators/openai/webrtc/frame-clock.ts'
import { VoiceInput } from '../simulators/openai/webrtc/voice-input.ts'
import { type AudioSink, loadWrtc, type Wrtc } from '../simulators/openai/webrtc/wrtc.ts'
import { joinPcm } from '../simulators/pcm.ts'

const RATE = 24_000
const FRAME = (RATE * FRAME_MS) / 1000

/** The sound of a page that is in a call: a real track each way, and the real gate for the agent's. In real time. */
export class CallSound {
  readonly #wrtc: Wrtc
  readonly #stopClock: () => void
  /** The user's voice. */
  readonly stream: MediaStream
  /** The library crashes if a part of it is collected while the connection lives. */
  readonly #kept: unknown[] = []
  readonly #sinks: AudioSink[] = []
  readonly #ports: MessagePort[] = []
  #gate: VoiceGate | undefined
  #queue: Int16Array = new Int16Array(0)

  private constructor(wrtc: Wrtc) {
    this.#wrtc = wrtc
    const source = new wrtc.nonstandard.RTCAudioSource()
    const track = source.createTrack()
    this.#kept.push(source, track)
    this.stream = { getAudioTracks: () => [track] } as unknown as MediaStream
    this.#stopClock = startFrameClock(() => {
      const samples = new Int16Array(FRAME)
      samples.set(this.#queue.subarray(0, FRAME))
      this.#queue = this.#queue.subarray(FRAME)
      source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: FRAME })
    })
  }

  /** Has the page's connections be those of a library. */
  static async open(): Promise<CallSound> {
    const wrtc = await loadWrtc()
    vi.stubGlobal('RTCPeerConnection', wrtc.RTCPeerConnection)
    vi.stubGlobal('MediaStream', (wrtc as unknown as { MediaStream: typeof MediaStream }).MediaStream)
    return new CallSound(wrtc)
  }

  /** Whether the agent is heard through it. */
  get inUse(): boolean {
    return this.#gate !== undefined
  }

  get sounding(): boolean {
    return this.#gate?.sounding === true
  }

  /** The user says something: PCM16 at 24 kHz. Resolves when it was said. */
  async speak(pcm: Int16Array): Promise<void> {
    this.#queue = joinPcm([this.#queue, pcm])
    while (this.#queue.length > 0) await new Promise((resolve) => setTimeout(resolve, FRAME_MS))
  }

  close(): void {
    this.#stopClock()
    for (const sink of this.#sinks) sink.stop()
    for (const port of this.#ports) port.close()
  }

  /** What is to be a `RemoteVoice`. */
  openVoice(): object {
    const context = { state: 'running' }
    return {
      speaker: { context, level: 0, latency: 0, connect: () => this.#connect(), close: () => {} },
      listen: (stream: MediaStream) => this.#listen(stream),
      close: () => (this.#gate = undefined),
    }
  }

  #connect(): MessagePortLike {
    const { port1: port, port2: far } = new MessageChannel()
    this.#ports.push(far)
    const gate = (this.#gate = new VoiceGate(RATE, RATE, (type, epoch, itemId, frames) => {
      far.postMessage({ type, epoch, itemId, frames } satisfies PlaybackReport)
    }))
    far.onmessage = ({ data }: { data: PlaybackInput }) => {
      if (data.type === 'play') gate.play(data.epoch, data.itemId)
      else if (data.type === 'end') gate.end(data.epoch, data.itemId)
      else if (data.type === 'flush') gate.flush(data.epoch)
    }
    return port
  }

  #listen(stream: MediaStream): void {
    for (const track of stream.getAudioTracks()) {
      const sink = new this.#wrtc.nonstandard.RTCAudioSink(track)
      const input = new VoiceInput()
      sink.ondata = (chunk) => {
        const pcm = input.convert(chunk)
        this.#gate?.render(
          new Float32Array(pcm.length),
          Float32Array.from(pcm, (sample) => sample / 32_768),
        )
      }
      this.#sinks.push(sink)
      this.#kept.push(track, stream)
    }
  }
}
