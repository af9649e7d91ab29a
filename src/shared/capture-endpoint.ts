import type { EchoEstimate } from './echo-meter.ts'
import type {
  AgentLevel,
  CaptureCommand,
  CaptureOptions,
  EchoReport,
  LevelReport,
  LocalSpeech,
  MessagePortLike,
} from './messages.ts'
import type { MicrophoneFrame } from './microphone-frame.ts'
import { Recorder } from './recorder.ts'
import type { SpeechListener, SpeechListenerEvents } from './speech-listener.ts'

const POOL_FRAMES = 16
const speech: LocalSpeech = 'speech'

/** Makes what listens for speech and echo; a capture without one does neither. */
export type MakeListener = (deviceRate: number, events: SpeechListenerEvents) => SpeechListener

/**
 * The microphone's side of every port, around a {@link Recorder}: the same on the audio thread and in a
 * Worker.
 *
 * Real-time contract: `write` makes no object, except when the device's rate changes. A frame leaves in a
 * buffer from a pool, which the engine sends back; the pool grows only when the engine falls behind.
 */
export class CaptureEndpoint {
  readonly #page: MessagePortLike
  readonly #options: CaptureOptions
  readonly #makeListener: MakeListener | undefined
  readonly #pool: Int16Array<ArrayBuffer>[] = []
  readonly #transfer: ArrayBuffer[] = []
  readonly #levelReport: LevelReport = { type: 'level', level: 0 }
  readonly #echoReport: EchoReport = { type: 'echo', estimateDb: 0, correlation: 0 }
  #recorder: Recorder
  #listener: SpeechListener | undefined
  #deviceRate: number
  #sequence = 0
  #muted: boolean
  #halfDuplex = false
  #agentLevel = 0
  #engine: MessagePortLike | undefined
  #peer: MessagePortLike | undefined

  /**
   * @param page Takes level reports.
   * @param deviceRate Rate of what will be written, Hz.
   */
  constructor(
    page: MessagePortLike,
    options: CaptureOptions,
    deviceRate: number,
    makeListener?: MakeListener,
  ) {
    this.#makeListener = makeListener
    this.#page = page
    this.#options = options
    this.#muted = options.muted
    this.#deviceRate = deviceRate
    this.#recorder = this.#newRecorder()
  }

  /** Does what the page says. */
  take(command: CaptureCommand): void {
    switch (command.type) {
      case 'connect':
        this.#engine = command.port
        command.port.onmessage = ({ data }: { data: ArrayBuffer }) => {
          this.#pool.push(new Int16Array(data))
        }
        return
      case 'connectPeer':
        this.#peer = command.port
        command.port.onmessage = ({ data }: { data: AgentLevel }) => {
          this.#agentLevel = data
          if (this.#listener) this.#listener.agentLevel = data
        }
        return
      case 'mute':
        this.#muted = this.#recorder.muted = command.muted
        return
      case 'halfDuplex':
        this.#halfDuplex = command.on
        if (this.#listener) this.#listener.halfDuplex = command.on
    }
  }

  /**
   * Takes what was captured.
   * @param channels Samples of each channel, of any equal length.
   * @param deviceRate Their rate, Hz. When it changes the numbering of the frames goes on.
   * @param time When the first sample was captured, seconds.
   */
  write(channels: readonly Float32Array[], deviceRate: number, time: number): void {
    if (deviceRate !== this.#deviceRate) {
      this.#deviceRate = deviceRate
      this.#recorder = this.#newRecorder()
    }
    this.#recorder.write(channels, time)
  }

  #newRecorder(): Recorder {
    const listener = this.#makeListener?.(this.#deviceRate, {
      onSpeech: () => this.#peer?.postMessage(speech),
      onEcho: (estimate) => this.#tellOfEcho(estimate),
    })
    if (listener) {
      listener.halfDuplex = this.#halfDuplex
      listener.agentLevel = this.#agentLevel
    }
    this.#listener = listener
    return new Recorder({
      wireRate: this.#options.wireRate,
      frameMs: this.#options.frameMs,
      muted: this.#muted,
      deviceRate: this.#deviceRate,
      firstSequence: this.#sequence,
      onFrame: (frame) => this.#post(frame),
      listener,
    })
  }

  #post({ header, words }: MicrophoneFrame): void {
    this.#sequence = (header[0] as number) + 1
    this.#levelReport.level = header[1] as number
    this.#page.postMessage(this.#levelReport)
    if (!this.#engine) return
    if (this.#pool.length === 0) this.#fill(words.length)
    const copy = this.#pool.pop() as Int16Array<ArrayBuffer>
    copy.set(words)
    this.#transfer[0] = copy.buffer
    this.#engine.postMessage(copy.buffer, this.#transfer)
  }

  #tellOfEcho({ estimateDb, correlation }: EchoEstimate): void {
    this.#echoReport.estimateDb = estimateDb
    this.#echoReport.correlation = correlation
    this.#engine?.postMessage(this.#echoReport)
  }

  #fill(words: number): void {
    for (let i = 0; i < POOL_FRAMES; i++) this.#pool.push(new Int16Array(words))
  }
}
