import captureSource from '../../worklets/capture.worklet.ts?worklet'
import type { CaptureCommand } from '../shared/messages.ts'
import { AudioThread } from './audio-thread.ts'
import type { CapturePath, CaptureSetup } from './capture-path.ts'

/** The path through an AudioWorklet, which every browser has. */
export class WorkletCapture implements CapturePath {
  readonly #thread = new AudioThread('capture')
  #node: AudioWorkletNode | undefined
  #source: MediaStreamAudioSourceNode | undefined

  private constructor() {}

  /** Call it from a user's gesture. Rejects with an `AudioError`, or as the stream does. */
  static async open({
    options,
    workletSource = captureSource,
    workletUrl,
    stream,
    onError,
  }: CaptureSetup): Promise<WorkletCapture> {
    const capture = new WorkletCapture()
    try {
      await capture.#thread.load(workletSource, workletUrl)
      capture.#node = capture.#thread.run({ processorOptions: options }, onError)
      capture.listen(await stream)
      return capture
    } catch (error) {
      capture.close()
      throw error
    }
  }

  connect(wireRate: number): MessagePort {
    return this.#thread.connect(wireRate)
  }

  get level(): number {
    return this.#thread.level
  }

  get context(): AudioContext {
    return this.#thread.context
  }

  listen(stream: MediaStream): void {
    const source = this.context.createMediaStreamSource(stream)
    this.#source?.disconnect()
    this.#source = source
    if (this.#node) source.connect(this.#node)
  }

  command(command: CaptureCommand, transfer: Transferable[] = []): void {
    this.#thread.command(command, transfer)
  }

  close(): void {
    this.#thread.close()
  }
}
