import { decodePcm, PcmRecording } from '../pcm.ts'
import { VoiceDetector } from '../voice-detector.ts'

const PADDING_MS = 300
const KEPT_MS = 10_000

/** What a user said in one go. */
export interface Utterance {
  /** PCM16 at the rate of the input: exactly the samples that were received. */
  readonly pcm: Int16Array
  /** Hz. */
  readonly sampleRate: number
  /** Where it lies in the audio of the session, ms. */
  readonly startMs: number
  readonly endMs: number
}

/** What becomes clear in the user's audio. */
export interface InputAudioHost {
  speechStarted(): void
  speechStopped(utterance: Utterance): void
}

/** The user's audio: finds turns in it, by energy and in audio time. */
export class InputAudio {
  /** Everything that was received. */
  readonly recording = new PcmRecording()
  readonly sampleRate: number
  readonly #host: InputAudioHost
  readonly #detector: VoiceDetector
  readonly #keepsAll: boolean
  #start: number | undefined

  constructor(
    sampleRate: number,
    host: InputAudioHost,
    options: { readonly silenceMs: number; readonly keepsAll: boolean },
  ) {
    this.sampleRate = sampleRate
    this.#host = host
    this.#keepsAll = options.keepsAll
    this.#detector = new VoiceDetector(sampleRate, { threshold: 0.5, silenceMs: options.silenceMs })
  }

  /** @param base64 PCM16. */
  append(base64: string): void {
    const pcm = decodePcm(base64)
    this.recording.append(pcm)
    for (const { type, position } of this.#detector.push(pcm)) {
      if (type === 'started') this.#begin(position)
      else this.#end(position)
    }
    if (!this.#keepsAll && this.#start === undefined) {
      this.recording.forget(this.recording.length - this.#samples(KEPT_MS))
    }
  }

  /** No more audio comes: what is being said ends here. */
  end(): void {
    this.#end(this.recording.length)
  }

  #begin(position: number): void {
    this.#start = Math.max(0, position - this.#samples(PADDING_MS))
    this.#host.speechStarted()
  }

  #end(position: number): void {
    if (this.#start === undefined) return
    const start = this.#start
    this.#start = undefined
    this.#host.speechStopped({
      pcm: this.recording.slice(start, position),
      sampleRate: this.sampleRate,
      startMs: (start * 1000) / this.sampleRate,
      endMs: (position * 1000) / this.sampleRate,
    })
  }

  #samples(ms: number): number {
    return (ms * this.sampleRate) / 1000
  }
}
