import type { CaptureEars } from './capture-ears.ts'
import type { CaptureCommand, CaptureOptions, EchoReport, LevelReport, MessagePortLike } from './messages.ts'
import type { MicrophoneFrame } from './microphone-frame.ts'
import { Recorder } from './recorder.ts'

const POOL_FRAMES = 16
/** Makes what listens for speech and echo; a capture without it does neither. */
export type MakeEars = (tell: (report: EchoReport) => void) => CaptureEars

/**
 * The microphone's side of every port, around a {@link Recorder}: the same on the audio thread and in a
 * Worker.
 *
 * Real-time contract: `write` makes no object, except when the device's rate changes. A frame leaves in a
 * buffer from a pool, which the engine sends back; the pool grows only when the engine falls behind.
 */
export class CaptureEndpoint {
  readonly #page: MessagePortLike
  readonly #frameMs: number
  readonly #ears: CaptureEars | undefined
  readonly #pool: Int16Array<ArrayBuffer>[] = []
  readonly #transfer: ArrayBuffer[] = []
  readonly #levelReport: LevelReport = { type: 'level', level: 0 }
  #recorder: Recorder
  #deviceRate: number
  #wireRate: number
  #sequence = 0
  #muted: boolean
  #engine: MessagePortLike | undefined

  /**
   * @param page Takes level reports.
   * @param deviceRate Rate of what will be written, Hz.
   */
  constructor(
    page: MessagePortLike,
    { wireRate, frameMs, muted }: CaptureOptions,
    deviceRate: number,
    makeEars?: MakeEars,
  ) {
    this.#ears = makeEars?.((report) => this.#engine?.postMessage(report))
    this.#page = page
    this.#wireRate = wireRate
    this.#frameMs = frameMs
    this.#muted = muted
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
        if (command.wireRate === this.#wireRate) return
        this.#wireRate = command.wireRate
        this.#pool.length = 0
        this.#recorder = this.#newRecorder()
        return
      case 'mute':
        this.#muted = this.#recorder.muted = command.muted
        return
      default:
        this.#ears?.take(command)
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
    return new Recorder({
      wireRate: this.#wireRate,
      frameMs: this.#frameMs,
      muted: this.#muted,
      deviceRate: this.#deviceRate,
      firstSequence: this.#sequence,
      onFrame: (frame) => this.#post(frame),
      listener: this.#ears?.listen(this.#deviceRate),
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

  #fill(words: number): void {
    for (let i = 0; i < POOL_FRAMES; i++) this.#pool.push(new Int16Array(words))
  }
}
