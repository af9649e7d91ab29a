import captureSource from '../../worklets/capture.worklet.ts?worklet'
import { type AudioError, MicrophoneError } from '../core/errors.ts'
import type { CaptureCommand, CaptureOptions } from '../shared/messages.ts'
import { AudioThread } from './audio-thread.ts'
import { microphoneError, noMediaDevices } from './microphone-error.ts'

/** Which microphone, and what the browser does to its sound. */
export interface MicrophoneOptions {
  /** From `listMicrophones()`. Default: `'default'`, the system's. */
  readonly deviceId?: string
  /** Default `true`: without it the agent hears, and interrupts, itself. */
  readonly echoCancellation?: boolean
  /** Default `true`. */
  readonly noiseSuppression?: boolean
  /** Default `true`. */
  readonly autoGainControl?: boolean
}

/** What a {@link Microphone} is opened with. */
export interface MicrophoneSetup {
  /** A `MediaStream` stays the caller's: its tracks are never stopped. */
  readonly source: MicrophoneOptions | MediaStream
  /** Rate of the frames, Hz. */
  readonly wireRate: number
  /** Whether to begin with silence. */
  readonly muted: boolean
  readonly workletUrl: string | undefined
  /** Aborts the opening; the microphone is released. */
  readonly signal: AbortSignal
  /** The microphone failed after it was opened. */
  readonly onError: (error: MicrophoneError | AudioError) => void
}

const FRAME_MS = 20

/** The microphone, captured on the audio thread. */
export class Microphone {
  readonly #thread = new AudioThread('capture')
  readonly #setup: MicrophoneSetup
  #node: AudioWorkletNode | undefined
  #source: MediaStreamAudioSourceNode | undefined
  #stream: MediaStream | undefined

  private constructor(setup: MicrophoneSetup) {
    this.#setup = setup
  }

  /** Opens the microphone. Call it from a user's gesture. Rejects with a `MicrophoneError` or `AudioError`. */
  static async open(setup: MicrophoneSetup): Promise<Microphone> {
    const microphone = new Microphone(setup)
    try {
      // Side by side: the worklet loads while the user is asked.
      const [stream] = await Promise.all([
        microphone.#acquire(setup.source),
        microphone.#thread.load(captureSource, setup.workletUrl),
      ])
      setup.signal.throwIfAborted()
      const { wireRate, muted } = setup
      const processorOptions: CaptureOptions = { wireRate, muted, frameMs: FRAME_MS }
      microphone.#node = microphone.#thread.run({ processorOptions }, setup.onError)
      microphone.#use(stream)
      return microphone
    } catch (error) {
      microphone.close()
      throw error
    }
  }

  /** Carries microphone frames to the engine, and their buffers back. Hand it over once. */
  get port(): MessagePort {
    return this.#thread.port
  }

  /** The context that the microphone is captured in. */
  get context(): AudioContext {
    return this.#thread.context
  }

  /** Root mean square of the latest frame, 0 to 1, as the model gets it: 0 while muted. */
  get level(): number {
    return this.#thread.level
  }

  /** While muted the model gets silence. */
  mute(muted: boolean): void {
    this.#thread.command({ type: 'mute', muted } satisfies CaptureCommand)
  }

  /** Changes to another microphone or stream without a gap in the frames' sequence. */
  async change(source: MicrophoneOptions | MediaStream): Promise<void> {
    const stream = await this.#acquire(source)
    if (this.#thread.signal.aborted) this.#release(stream)
    else this.#use(stream)
  }

  /** Releases the device and the context. Idempotent. */
  close(): void {
    if (this.#stream) this.#release(this.#stream)
    this.#stream = undefined
    this.#thread.close()
  }

  async #acquire(source: MicrophoneOptions | MediaStream): Promise<MediaStream> {
    if (source instanceof MediaStream) {
      if (source.getAudioTracks().length > 0) return source
      throw new MicrophoneError('The MediaStream given as microphone has no audio track.', {
        code: 'microphone-missing',
      })
    }
    if (!navigator.mediaDevices?.getUserMedia) throw noMediaDevices()
    const { deviceId, echoCancellation = true, noiseSuppression = true, autoGainControl = true } = source
    let stream: MediaStream
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: {
          echoCancellation,
          noiseSuppression,
          autoGainControl,
          channelCount: { ideal: 1 },
          ...(deviceId && deviceId !== 'default' ? { deviceId: { exact: deviceId } } : {}),
        },
      })
    } catch (cause) {
      throw microphoneError(cause)
    }
    owned.add(stream)
    if (this.#thread.signal.aborted || this.#setup.signal.aborted) this.#release(stream)
    return stream
  }

  #use(stream: MediaStream): void {
    const previous = this.#stream
    this.#source?.disconnect()
    this.#stream = stream
    this.#source = this.context.createMediaStreamSource(stream)
    if (this.#node) this.#source.connect(this.#node)
    if (previous && previous !== stream) this.#release(previous)
    for (const track of stream.getAudioTracks()) {
      track.addEventListener(
        'ended',
        () => {
          if (this.#stream === stream) this.#setup.onError(lost())
        },
        { signal: this.#thread.signal },
      )
    }
  }

  #release(stream: MediaStream): void {
    if (!owned.has(stream)) return
    for (const track of stream.getTracks()) track.stop()
  }
}

/** Streams that were asked of the browser here. A caller's stream is never stopped. */
const owned = new WeakSet<MediaStream>()

function lost(): MicrophoneError {
  return new MicrophoneError(
    'The microphone was disconnected: connect it again, or choose another with setMicrophone().',
    { code: 'microphone-lost', retryable: true },
  )
}
