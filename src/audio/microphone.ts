import { type AudioError, MicrophoneError } from '../core/errors.ts'
import { crashed } from './audio-thread.ts'
import type { CapturePath } from './capture-path.ts'
import { echoError } from './echo-cancellation.ts'
import { microphoneError } from './microphone-error.ts'
import type { MicrophoneOptions } from './microphone-options.ts'
import { askForMicrophone, release, withAudio } from './microphone-stream.ts'
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
  readonly #path: CapturePath
  readonly #onError: MicrophoneSetup['onError']
  #stream: MediaStream
  /** Aborts when the stream is no longer captured. */
  #use = new AbortController()

  private constructor(
    path: CapturePath,
    stream: MediaStream,
    { source, onError }: Pick<MicrophoneSetup, 'source' | 'onError'>,
  ) {
    this.#path = path
    this.#onError = onError
    this.#stream = stream
    this.#hold(stream, source)
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

  /** Carries microphone frames to the engine, and their buffers back. Hand it over once. */
  get port(): MessagePort {
    return this.#path.port
  }

  /** The context of the worklet; the fast path has none. */
  get context(): AudioContext | undefined {
    return this.#path.context
  }

  /** Root mean square of the latest frame, 0 to 1, as the model gets it: 0 while muted. */
  get level(): number {
    return this.#path.level
  }

  /** What is captured. It changes with {@link Microphone.change}. */
  get stream(): MediaStream {
    return this.#stream
  }

  /** Connects the microphone straight to the speaker's worklet. */
  connectPeer(port: MessagePort): void {
    this.#path.command({ type: 'connectPeer', port }, [port])
  }

  /** While on, the model gets silence as long as the agent is audible. */
  halfDuplex(on: boolean): void {
    this.#path.command({ type: 'halfDuplex', on })
  }

  /** While muted the model gets silence. */
  mute(muted: boolean): void {
    this.#path.command({ type: 'mute', muted })
  }

  /** Changes to another microphone or stream without a gap in the frames' sequence. */
  async change(source: MicrophoneOptions | MediaStream): Promise<void> {
    const stream = await streamOf(source)
    if (this.#use.signal.aborted) return release(stream)
    try {
      this.#path.listen(stream)
    } catch (cause) {
      release(stream)
      throw microphoneError(cause)
    }
    if (stream !== this.#stream) release(this.#stream)
    this.#hold(stream, source)
  }

  /** Releases the device and what captures it. Idempotent. */
  close(): void {
    this.#use.abort()
    release(this.#stream)
    this.#path.close()
  }

  #hold(stream: MediaStream, source: MicrophoneOptions | MediaStream): void {
    this.#stream = stream
    this.#use.abort()
    this.#use = new AbortController()
    const { signal } = this.#use
    for (const track of stream.getAudioTracks()) {
      track.addEventListener('ended', () => this.#onError(lost()), { signal })
    }
    const error = source instanceof MediaStream ? undefined : echoError(stream, source)
    if (error) this.#onError(error)
  }
}

async function streamOf(source: MicrophoneOptions | MediaStream): Promise<MediaStream> {
  return source instanceof MediaStream ? withAudio(source) : askForMicrophone(source)
}

async function openPath(setup: MicrophoneSetup, stream: Promise<MediaStream>): Promise<CapturePath> {
  const { source, wireRate, muted } = setup
  const captureSetup = { ...setup, options: { wireRate, muted, frameMs: FRAME_MS }, stream }
  if ('capture' in source && source.capture === 'fast' && 'MediaStreamTrackProcessor' in globalThis) {
    try {
      // A chunk of its own: few pages ask for it.
      const { FastCapture } = await import('./fast-capture.ts')
      return await FastCapture.open(captureSetup, () => setup.onError(crashed('capture')))
    } catch {
      // If there is no stream, that is the error.
      await stream
    }
  }
  return WorkletCapture.open(captureSetup)
}

function lost(): MicrophoneError {
  return new MicrophoneError(
    'The microphone was disconnected: connect it again, or choose another (setMicrophone()).',
    { code: 'microphone-lost', retryable: true },
  )
}
