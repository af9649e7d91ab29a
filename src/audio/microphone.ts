import type { AudioError, MicrophoneError } from '../core/errors.ts'
import type { CaptureCommand } from '../shared/messages.ts'
import type { CapturePath } from './capture-path.ts'
import { cancelsEcho } from './echo-cancellation.ts'
import type { MicrophoneOptions } from './microphone-options.ts'
import { askForMicrophone, release, withAudio } from './microphone-stream.ts'
import { microphoneTrouble, trouble } from './trouble.ts'
import { WorkletCapture } from './worklet-capture.ts'

export type { MicrophoneOptions } from './microphone-options.ts'

/** What a {@link Microphone} is opened with. */
export interface MicrophoneSetup {
  /** A `MediaStream` stays the caller's: its tracks are never stopped. */
  readonly source: MicrophoneOptions | MediaStream
  /** Rate of the frames, Hz. */
  readonly wireRate: number
  /** Whether to begin with silence. */
  readonly muted: boolean
  /** Another worklet's source than the one that only captures. */
  readonly workletSource?: string | undefined
  readonly workletUrl: string | undefined
  /** Aborts the opening; the microphone is released. */
  readonly signal: AbortSignal
  /** The microphone failed after it was opened, or does not cancel echo. */
  readonly onError: (error: MicrophoneError | AudioError) => void
}

const FRAME_MS = 20

/** The microphone, captured off the main thread. */
export class Microphone {
  readonly path: CapturePath
  readonly #onError: MicrophoneSetup['onError']
  #stream: MediaStream
  /** Aborts when the stream is no longer captured. */
  #use = new AbortController()

  private constructor(
    path: CapturePath,
    stream: MediaStream,
    { source, onError }: Pick<MicrophoneSetup, 'source' | 'onError'>,
  ) {
    this.path = path
    this.#onError = onError
    this.#stream = stream
    this.hold(stream, source)
  }

  /** Opens the microphone. Call it from a user's gesture. Rejects with a `MicrophoneError` or `AudioError`. */
  static async open(setup: MicrophoneSetup): Promise<Microphone> {
    // Side by side: the code loads while the user is asked.
    const acquiring = streamOf(setup.source)
    const opening = openPath(setup, acquiring)
    try {
      const [stream, path] = await Promise.all([acquiring, opening])
      setup.signal.throwIfAborted()
      return new Microphone(path, stream, setup)
    } catch (error) {
      acquiring.then(release, () => {})
      opening.then(
        (path) => path.close(),
        () => {},
      )
      throw error
    }
  }

  /** A port that carries frames to an engine, and their buffers back. @param wireRate Of the frames, Hz. */
  connect(wireRate: number): MessagePort {
    return this.path.connect(wireRate)
  }

  /** The context of the worklet; the fast path has none. */
  get context(): AudioContext | undefined {
    return this.path.context
  }

  /** Root mean square of the latest frame, 0 to 1, as the model gets it: 0 while muted. */
  get level(): number {
    return this.path.level
  }

  get closed(): boolean {
    return this.#use.signal.aborted
  }

  /** What is captured. It changes with {@link Microphone.change}. */
  get stream(): MediaStream {
    return this.#stream
  }

  /** Sends what captures it a command of the page's. */
  command(command: CaptureCommand, transfer: Transferable[] = []): void {
    this.path.command(command, transfer)
  }

  /** Changes to another microphone or stream without a gap in the frames' sequence. */
  async change(source: MicrophoneOptions | MediaStream): Promise<void> {
    // A chunk of its own: few pages let their users choose.
    const { changeMicrophone } = await import('./device-change.ts')
    await changeMicrophone(this, source, { streamOf, release, microphoneTrouble })
  }

  /** Releases the device and what captures it. Idempotent. */
  close(): void {
    this.#use.abort()
    release(this.#stream)
    this.path.close()
  }

  /** Takes a stream for its own. */
  hold(stream: MediaStream, source: MicrophoneOptions | MediaStream): void {
    this.#stream = stream
    this.#use.abort()
    this.#use = new AbortController()
    const { signal } = this.#use
    for (const track of stream.getAudioTracks()) {
      track.addEventListener('ended', () => void trouble('lost').then(this.#onError), { signal })
    }
    if (!(source instanceof MediaStream || cancelsEcho(stream, source)))
      void trouble('echo').then(this.#onError)
  }
}

async function streamOf(source: MicrophoneOptions | MediaStream): Promise<MediaStream> {
  return source instanceof MediaStream ? withAudio(source) : askForMicrophone(source)
}

async function openPath(setup: MicrophoneSetup, stream: Promise<MediaStream>): Promise<CapturePath> {
  const { source, wireRate, muted } = setup
  const captureSetup = { ...setup, options: { wireRate, muted, frameMs: FRAME_MS }, stream }
  const { capture } = source as MicrophoneOptions
  if (capture) {
    try {
      return await capture.open(captureSetup)
    } catch {
      // If there is no stream, that is the error.
      await stream
    }
  }
  return WorkletCapture.open(captureSetup)
}
