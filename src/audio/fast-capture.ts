import captureSource from '../../worklets/capture.worker.ts?worklet'
import type { CaptureWorkerCommand, CaptureWorkerReport } from '../shared/capture-worker-messages.ts'
import type { CaptureCommand, CaptureOptions } from '../shared/messages.ts'
import type { CapturePath, CaptureSetup } from './capture-path.ts'
import type { CaptureChoice } from './microphone-options.ts'
import { trouble } from './trouble.ts'
import { startWorker } from './worker-loader.ts'

/** Chunks of 10 ms that wait while the Worker gets no time: one second. */
const BUFFERED_CHUNKS = 100

/** Chromium's: in the standard only Workers have it, and only for video. */
declare const MediaStreamTrackProcessor: new (init: {
  readonly track: MediaStreamTrack
  readonly maxBufferSize: number
}) => { readonly readable: ReadableStream }

/**
 * Reads the microphone's track itself, in a Worker (`MediaStreamTrackProcessor`), which saves 20 to 30 ms of
 * latency: only Chromium has that. Elsewhere, and where the page's Content-Security-Policy blocks Workers from
 * `blob:` and `data:` (`worker-src`, else `script-src`), the worklet is used instead, without an error. It is a
 * function of its own so that a page without it does not load it.
 */
export function fastCapture(): CaptureChoice {
  return { open: async (setup) => FastCapture.open(setup) }
}

/** The path through a Worker. */
class FastCapture implements CapturePath {
  readonly #worker: Worker
  #level = 0

  private constructor(worker: Worker, options: CaptureOptions, listens: boolean) {
    this.#worker = worker
    worker.onmessage = ({ data }: MessageEvent<CaptureWorkerReport>) => {
      if (data.type === 'level') this.#level = data.level
    }
    this.#post({ type: 'open', options, listens })
  }

  /** Rejects where Workers are blocked, where tracks of audio cannot be read, or as the stream does. */
  static async open({ options, workletSource, stream, onError }: CaptureSetup): Promise<FastCapture> {
    if (!('MediaStreamTrackProcessor' in globalThis))
      throw new TypeError('No MediaStreamTrackProcessor here.')
    const worker = await startWorker(captureSource)
    try {
      const capture = new FastCapture(worker, options, workletSource !== undefined)
      capture.listen(await stream)
      worker.onerror = () => void trouble('crashed', undefined, 'capture').then(onError)
      return capture
    } catch (error) {
      worker.terminate()
      throw error
    }
  }

  get level(): number {
    return this.#level
  }

  connect(wireRate: number): MessagePort {
    const { port1, port2: port } = new MessageChannel()
    this.#post({ type: 'connect', port, wireRate }, [port])
    return port1
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
