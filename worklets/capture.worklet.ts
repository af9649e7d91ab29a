/*
 * The microphone's side of the audio thread.
 *
 * Real-time contract: `process` makes no object. A frame leaves in a buffer from a pool, which the
 * engine sends back; the pool grows only when the engine falls behind.
 */
import type { CaptureCommand, CaptureOptions, LevelReport, MessagePortLike } from '../src/shared/messages.ts'
import type { MicrophoneFrame } from '../src/shared/microphone-frame.ts'
import { Recorder } from '../src/shared/recorder.ts'

const POOL_FRAMES = 16

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #recorder: Recorder
  readonly #pool: Int16Array<ArrayBuffer>[] = []
  readonly #transfer: ArrayBuffer[] = []
  readonly #levelReport: LevelReport = { type: 'level', level: 0 }
  #engine: MessagePortLike | undefined

  constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
    super()
    const { wireRate, frameMs, muted } = processorOptions
    this.#recorder = new Recorder(sampleRate, wireRate, frameMs, muted, this.#post)
    this.port.onmessage = ({ data }: { data: CaptureCommand }) => {
      if (data.type === 'mute') this.#recorder.muted = data.muted
      else this.#connect(data.port)
    }
  }

  process(inputs: Float32Array[][]): boolean {
    const channels = inputs[0]
    if (channels) this.#recorder.write(channels, currentTime)
    return true
  }

  #connect(port: MessagePortLike): void {
    this.#engine = port
    port.onmessage = ({ data }: { data: ArrayBuffer }) => {
      this.#pool.push(new Int16Array(data))
    }
  }

  readonly #post = (frame: MicrophoneFrame): void => {
    this.#levelReport.level = frame.level[1] as number
    this.port.postMessage(this.#levelReport)
    if (!this.#engine) return
    const words = frame.words
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

registerProcessor('vivavoce-capture', CaptureProcessor)
