import { PcmRecording } from '../pcm.ts'
import { VoiceDetector, type VoiceDetectorSettings } from '../voice-detector.ts'
import type { TurnDetection } from './session-config.ts'
import { newId, type WireMessage } from './wire.ts'

const SAMPLE_RATE = 24_000
const SAMPLES_PER_MS = SAMPLE_RATE / 1000
/** The service waits up to 8, 4 and 2 s, but less after a sentence; a simulated one is always whole. */
const SEMANTIC_SILENCE_MS = { low: 1200, medium: 600, auto: 600, high: 300 } as const

/** What a user said in one go. */
export interface Utterance {
  readonly itemId: string
  /** PCM16 at 24 kHz: exactly the samples that were received. */
  readonly pcm: Int16Array
  /** Where it lies in the audio of the session, ms. */
  readonly startMs: number
  readonly endMs: number
  readonly committedBy: 'voice-detection' | 'client' | 'idle-timeout'
}

/** What the buffer needs of its session. */
export interface InputAudioHost {
  emit(event: WireMessage): void
  /** The user has begun to speak, and that is on the wire. */
  speechStarted(): void
  committed(utterance: Utterance): void
}

/** The input audio buffer: finds turns in what it is given, or waits to be committed. */
export class InputAudio {
  /** Everything that was received. */
  readonly recording = new PcmRecording()
  readonly #host: InputAudioHost
  readonly #keepRecording: boolean
  readonly #detector = new VoiceDetector(SAMPLE_RATE, { threshold: 0.5, silenceMs: 200 })
  #turnDetection: TurnDetection | null = null
  /** Where the part begins that is not yet an item. */
  #bufferStart = 0
  #forgotten = 0
  #speech: { readonly itemId: string; readonly start: number } | undefined
  /** How long nobody may speak, in samples. */
  #patience: { readonly from: number; readonly until: number } | undefined

  constructor(host: InputAudioHost, { keepRecording }: { readonly keepRecording: boolean }) {
    this.#host = host
    this.#keepRecording = keepRecording
  }

  configure(turnDetection: TurnDetection | null): void {
    if (turnDetection === null || this.#turnDetection === null) this.#forgetSpeech()
    this.#turnDetection = turnDetection
    if (turnDetection) this.#detector.configure(detectorSettings(turnDetection))
  }

  append(pcm: Int16Array): void {
    const base = this.recording.length
    this.recording.append(pcm)
    this.#forgetOldAudio()
    if (this.#turnDetection === null) return
    // The detector counts what it hears; while it was off, samples went by.
    const offset = base - this.#detector.position
    for (const { type, position } of this.#detector.push(pcm)) {
      if (type === 'started') this.#start(position + offset)
      else this.#stop(position + offset)
    }
    this.#losePatience()
  }

  /** Waits that long for the user, ms of audio from now, and no longer. `undefined`: for ever. */
  expectSpeech(ms: number | undefined): void {
    const from = this.recording.length
    this.#patience = ms === undefined ? undefined : { from, until: from + ms * SAMPLES_PER_MS }
  }

  /** Does as if a voice had begun here, whatever is heard. */
  startSpeech(): void {
    this.#start(this.recording.length)
  }

  /** Does as if the voice had ended here. */
  stopSpeech(): void {
    this.#stop(this.recording.length)
  }

  /** ms in the buffer. */
  get bufferedMs(): number {
    return (this.recording.length - this.#bufferStart) / SAMPLES_PER_MS
  }

  commit(): void {
    const itemId = this.#speech?.itemId ?? newId('item')
    this.#commit(itemId, this.#bufferStart, this.recording.length, 'client')
    this.#forgetSpeech()
  }

  clear(): void {
    this.#bufferStart = this.recording.length
    this.#forgetSpeech()
  }

  #start(position: number): void {
    if (this.#speech) return
    this.#patience = undefined
    const padding = this.#turnDetection?.type === 'server_vad' ? this.#turnDetection.prefix_padding_ms : 300
    const start = Math.max(this.#bufferStart, position - (padding ?? 300) * SAMPLES_PER_MS)
    this.#speech = { itemId: newId('item'), start }
    this.#host.emit({
      type: 'input_audio_buffer.speech_started',
      audio_start_ms: Math.round(start / SAMPLES_PER_MS),
      item_id: this.#speech.itemId,
    })
    this.#host.speechStarted()
  }

  #stop(position: number): void {
    if (!this.#speech) return
    const { itemId, start } = this.#speech
    this.#speech = undefined
    this.#host.emit({
      type: 'input_audio_buffer.speech_stopped',
      audio_end_ms: Math.round(position / SAMPLES_PER_MS),
      item_id: itemId,
    })
    this.#commit(itemId, start, position, 'voice-detection')
  }

  #losePatience(): void {
    if (!this.#patience || this.#speech || this.recording.length < this.#patience.until) return
    const { until } = this.#patience
    const from = Math.max(this.#patience.from, this.#bufferStart)
    this.#patience = undefined
    const itemId = newId('item')
    this.#host.emit({
      type: 'input_audio_buffer.timeout_triggered',
      audio_start_ms: Math.round(from / SAMPLES_PER_MS),
      audio_end_ms: Math.round(until / SAMPLES_PER_MS),
      item_id: itemId,
    })
    this.#commit(itemId, from, until, 'idle-timeout')
  }

  #commit(itemId: string, start: number, end: number, committedBy: Utterance['committedBy']): void {
    this.#bufferStart = end
    this.#host.committed({
      itemId,
      pcm: this.recording.slice(start, end),
      startMs: start / SAMPLES_PER_MS,
      endMs: end / SAMPLES_PER_MS,
      committedBy,
    })
  }

  #forgetSpeech(): void {
    this.#speech = undefined
    this.#detector.reset()
  }

  #forgetOldAudio(): void {
    if (this.#keepRecording) return
    // While somebody waits for a voice, the silence before it may go; the padding is much shorter.
    if (this.#turnDetection && !this.#speech) {
      this.#bufferStart = Math.max(this.#bufferStart, this.recording.length - 5 * SAMPLE_RATE)
    }
    if (this.#bufferStart - this.#forgotten < 10 * SAMPLE_RATE) return
    this.recording.forget(this.#bufferStart)
    this.#forgotten = this.#bufferStart
  }
}

function detectorSettings(turnDetection: TurnDetection): VoiceDetectorSettings {
  return turnDetection.type === 'server_vad'
    ? { threshold: turnDetection.threshold ?? 0.5, silenceMs: turnDetection.silence_duration_ms ?? 200 }
    : { threshold: 0.5, silenceMs: SEMANTIC_SILENCE_MS[turnDetection.eagerness ?? 'auto'] }
}
