import captureSource from '../../worklets/capture.worker.ts?worklet'
import type { CaptureWorkerCommand, CaptureWorkerReport } from '../shared/capture-worker-messages.ts'
import type { CaptureCommand, CaptureOptions } from '../shared/messages.ts'
import type { CapturePath, CaptureSetup } from './capture-path.ts'
import { startWorker } from './worker-loader.ts'

/** Chunks of 10 ms that wait while the Worker gets no time: one second. */
const BUFFERED_CHUNKS = 100

/** Chromium's: in the standard only Workers have it, and only for video. */
declare const MediaStreamTrackProcessor: new (init: {
  readonly track: MediaStreamTrack
  readonly maxBufferSize: number
}) => { readonly readable: ReadableStream }

/**
 * The path through a Worker, which reads the track itself.
 *
 * It imports nothing that the page has already: bundlers would split that off into a third file.
 */
export class FastCapture implements CapturePath {
  readonly port: MessagePort
  readonly #worker: Worker
  #level = 0

  private constructor(worker: Worker, options: CaptureOptions, listens: boolean) {
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    this.#worker = worker
    worker.onmessage = ({ data }: MessageEvent<CaptureWorkerReport>) => {
      if (data.type === 'level') this.#level = data.level
    }
    this.#post({ type: 'open', options, listens })
    this.#post({ type: 'connect', port: port2 }, [port2])
  }

  /** Rejects where Workers are blocked, where tracks of audio cannot be read, or as the stream does. */
  static async open(
    { options, workletSource, stream }: CaptureSetup,
    onCrash: () => void,
  ): Promise<FastCapture> {
    const worker = await startWorker(captureSource)
    try {
      const capture = new FastCapture(worker, options, workletSource !== undefined)
      capture.listen(await stream)
      worker.onerror = onCrash
      return capture
    } catch (error) {
      worker.terminate()
      throw error
    }
  }

  get level(): number {
    return this.#level
  }

  listen(stream: MediaStream): void {
    const track = stream.getAudioTracks()[0] as MediaStreamTrack
    // Made here because tracks cannot be transferred; its stream can, and then flows past the page.
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: BUFFERED_CHUNKS })
    this.#post({ type: 'listen', readable }, [readable])
  }

  command(command: CaptureCommand, transfer: Transferable[] = []): void {
    this.#post(command, transfer)
  }

  close(): void {
    this.#worker.terminate()
  }

  #post(command: CaptureWorkerCommand<ReadableStream>, transfer: Transferable[] = []): void {
    this.#worker.postMessage(command, transfer)
  }
}
