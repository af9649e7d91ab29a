import playbackSource from '../../worklets/playback.worklet.ts?worklet'
import type { AudioError } from '../core/errors.ts'
import type { LocalSpeechReaction, PlaybackCommand, PlaybackOptions } from '../shared/messages.ts'
import { AudioThread } from './audio-thread.ts'
import { trouble } from './trouble.ts'
import type { WorkletUrls } from './worklet-loader.ts'

/** Which speaker. */
export interface SpeakerOptions {
  /** From `listSpeakers()`. Default: `'default'`, the system's. */
  readonly deviceId?: string
}

/** A worklet that speaks the protocol of `PlaybackInput` and `PlaybackReport`. */
export interface SpeakerWorklet {
  readonly name: keyof WorkletUrls
  readonly source: string
  readonly inputs: AudioWorkletNodeOptions
}

/** What a {@link Speaker} is opened with. */
export interface SpeakerSetup {
  readonly deviceId: string | undefined
  /** Rate of the model's audio, Hz. */
  readonly wireRate: number
  readonly onLocalSpeech: LocalSpeechReaction
  /** Another worklet than the one that plays what is written. */
  readonly worklet?: SpeakerWorklet
  readonly workletUrl: string | undefined
  /** Aborts the opening; the context is closed. */
  readonly signal: AbortSignal
  /** The speaker failed after it was opened. */
  readonly onError: (error: AudioError) => void
}

const playback: SpeakerWorklet = { name: 'playback', source: playbackSource, inputs: { numberOfInputs: 0 } }

/** The speaker, fed on the audio thread. */
export class Speaker {
  readonly #thread: AudioThread
  #node: AudioWorkletNode | undefined

  private constructor(name: keyof WorkletUrls) {
    this.#thread = new AudioThread(name)
  }

  /** Opens the speaker. Call it from a user's gesture. Rejects with an `AudioError`. */
  static async open(setup: SpeakerSetup): Promise<Speaker> {
    const { deviceId, wireRate, onLocalSpeech, workletUrl, signal, onError } = setup
    const { name, source, inputs } = setup.worklet ?? playback
    const speaker = new Speaker(name)
    try {
      await Promise.all([
        speaker.#thread.load(source, workletUrl),
        deviceId === undefined ? undefined : speaker.change(deviceId),
      ])
      signal.throwIfAborted()
      const processorOptions: PlaybackOptions = { wireRate, onLocalSpeech }
      speaker.#node = speaker.#thread.run({ ...inputs, outputChannelCount: [1], processorOptions }, onError)
      return speaker
    } catch (error) {
      speaker.close()
      throw error
    }
  }

  /** A port that carries audio from an engine, and positions back. @param wireRate Of that audio, Hz. */
  connect(wireRate: number): MessagePort {
    return this.#thread.connect(wireRate)
  }

  /** The context that the voice is played in. */
  get context(): AudioContext {
    return this.#thread.context
  }

  /** Plays a node of its context, if its worklet takes an input. */
  feed(source: AudioNode): void {
    if (this.#node) source.connect(this.#node)
  }

  /** Root mean square of what is being played, 0 to 1. */
  get level(): number {
    return this.#thread.level
  }

  /** Sends the worklet a command of the page's. */
  command(command: PlaybackCommand, transfer: Transferable[]): void {
    this.#thread.command(command, transfer)
  }

  /** Time from the worklet to the ear, seconds, as far as the browser knows it. */
  get latency(): number {
    const { baseLatency } = this.context
    // To ask Firefox, whose baseLatency is 0, while a worklet posts, is to hang the page now and then, for good.
    // Safari had no outputLatency until 18.4, and WebKitGTK reports 0.
    return baseLatency && baseLatency + (this.context.outputLatency || 0)
  }

  /** Plays through another device. */
  async change(deviceId: string): Promise<void> {
    // A chunk of its own: few pages let their users choose.
    const { changeSink } = await import('./device-change.ts')
    await changeSink(this.context, deviceId, trouble)
  }

  /** Closes the context. Idempotent. */
  close(): void {
    this.#thread.close()
  }
}
