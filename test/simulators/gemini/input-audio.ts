import { PcmRecording } from '../pcm.ts'
import { VoiceDetector } from '../voice-detector.ts'
import type { ActivityDetection } from './setup.ts'

const SAMPLE_RATE = 16_000
const SAMPLES_PER_MS = SAMPLE_RATE / 1000

/** What a user said in one go. */
export interface Utterance {
  /** PCM16 at 16 kHz: exactly the samples that were received, if they came at that rate. */
  readonly pcm: Int16Array
  /** Where it lies in the audio of the session, ms. */
  readonly startMs: number
  readonly endMs: number
  readonly foundBy: 'voice-detection' | 'activity-signals' | 'stream-end'
}

/** What the input needs of its session. */
export interface InputAudioHost {
  /** The user has begun to speak. */
  speechStarted(atMs: number): void
  speechEnded(utterance: Utterance): void
}

/** Finds turns in the audio that it is given, or takes the client's word for them. */
export class InputAudio {
  /** Everything that was received, at 16 kHz. */
  readonly recording = new PcmRecording()
  readonly #host: InputAudioHost
  readonly #keepRecording: boolean
  readonly #rate = new RateConverter()
  #detector: VoiceDetector | undefined
  #prefixMs = 300
  #speechStart: number | undefined
  #previousEnd = 0

  constructor(host: InputAudioHost, { keepRecording }: { readonly keepRecording: boolean }) {
    this.#host = host
    this.#keepRecording = keepRecording
  }

  configure(detection: ActivityDetection): void {
    this.#prefixMs = detection.prefixPaddingMs ?? 300
    if (detection.disabled) return
    const sensitivity = detection.startOfSpeechSensitivity
    const hasty = detection.endOfSpeechSensitivity === 'END_SENSITIVITY_HIGH'
    this.#detector = new VoiceDetector(SAMPLE_RATE, {
      threshold: sensitivity === undefined ? 0.5 : sensitivity.endsWith('HIGH') ? 0.3 : 0.7,
      silenceMs: detection.silenceDurationMs ?? (hasty ? 300 : 500),
    })
  }

  /** Whether the user speaks. */
  get active(): boolean {
    return this.#speechStart !== undefined
  }

  append(pcm: Int16Array, sampleRate: number): void {
    const samples = this.#rate.convert(pcm, sampleRate)
    this.recording.append(samples)
    for (const { type, position } of this.#detector?.push(samples) ?? []) {
      if (type === 'started') this.start(position - this.#prefixMs * SAMPLES_PER_MS)
      else this.end('voice-detection', position)
    }
    if (this.#keepRecording || this.active) return
    this.#previousEnd = Math.max(this.#previousEnd, this.recording.length - SAMPLE_RATE)
    this.recording.forget(this.#previousEnd)
  }

  start(position: number = this.recording.length): void {
    this.#speechStart = Math.max(this.#previousEnd, position)
    this.#host.speechStarted(this.#speechStart / SAMPLES_PER_MS)
  }

  end(foundBy: Utterance['foundBy'], position: number = this.recording.length): void {
    const start = this.#speechStart
    // What the detector found itself may be followed by the next beginning already.
    if (foundBy !== 'voice-detection') this.#detector?.reset()
    if (start === undefined) return
    this.#speechStart = undefined
    this.#previousEnd = position
    this.#host.speechEnded({
      pcm: this.recording.slice(start, position),
      startMs: start / SAMPLES_PER_MS,
      endMs: position / SAMPLES_PER_MS,
      foundBy,
    })
  }
}

/** Brings a stream to 16 kHz by straight lines: enough to tell speech from silence. */
class RateConverter {
  #last = 0
  /** Where the next sample lies: source samples after the last one that was seen. */
  #next = 0
  #sampleRate = SAMPLE_RATE

  convert(pcm: Int16Array, sampleRate: number): Int16Array {
    if (sampleRate === SAMPLE_RATE) return pcm
    if (sampleRate !== this.#sampleRate) this.#next = 0
    this.#sampleRate = sampleRate
    const step = sampleRate / SAMPLE_RATE
    const output: number[] = []
    for (const sample of pcm) {
      while (this.#next <= 1) {
        output.push(Math.round(this.#last + (sample - this.#last) * this.#next))
        this.#next += step
      }
      this.#next--
      this.#last = sample
    }
    return Int16Array.from(output)
  }
}
