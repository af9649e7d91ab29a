import { Microphone, type MicrophoneOptions } from '../audio/microphone.ts'
import { silentSpeaker } from '../audio/silent-speaker.ts'
import { Speaker } from '../audio/speaker.ts'
import { isRunning } from '../audio/unlock.ts'
import { AudioError, type VivaVoceError } from '../core/errors.ts'
import type { EngineCommand } from '../engine/messages.ts'
import type { RealTimePipelineOptions } from './pipeline-options.ts'

const LATENCY_INTERVAL_MS = 1000
const RUNNING_TIMEOUT_MS = 2000

/** What the page's audio has to say. */
export interface PageAudioListener {
  /** Hands a port to the engine, or tells it of the output's latency. */
  onCommand(command: EngineCommand): void
  onError(error: VivaVoceError): void
}

/** The microphone and the speaker of one pipeline, and what the application chose for them. */
export class PageAudio {
  readonly #options: RealTimePipelineOptions
  readonly #listener: PageAudioListener
  #microphone: Microphone | undefined
  #speaker: Speaker | undefined
  #source: MicrophoneOptions | MediaStream
  #speakerId: string | undefined
  #muted = false

  constructor(options: RealTimePipelineOptions, listener: PageAudioListener) {
    this.#options = options
    this.#listener = listener
    this.#source = options.microphone || {}
    this.#speakerId = options.speaker ? options.speaker.deviceId : undefined
  }

  get muted(): boolean {
    return this.#muted
  }

  set muted(muted: boolean) {
    this.#muted = muted
    this.#microphone?.mute(muted)
  }

  get microphoneLevel(): number {
    return this.#microphone?.level ?? 0
  }

  get speakerLevel(): number {
    return this.#speaker?.level ?? 0
  }

  /** Opens both side by side; when `signal` aborts, they are released. */
  async open(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#close(), { once: true })
    await Promise.all([this.#openMicrophone(signal), this.#openSpeaker(signal)])
    this.#watchOutput(signal)
  }

  async setMicrophone(source: string | MediaStream): Promise<void> {
    const constraints = this.#source instanceof MediaStream ? {} : this.#source
    const next = typeof source === 'string' ? { ...constraints, deviceId: source } : source
    await this.#microphone?.change(next)
    this.#source = next
  }

  async setSpeaker(deviceId: string): Promise<void> {
    await this.#speaker?.change(deviceId)
    this.#speakerId = deviceId
  }

  async #openMicrophone(signal: AbortSignal): Promise<void> {
    const { model, microphone: wanted, workletUrls } = this.#options
    if (wanted === false) return
    const microphone = await Microphone.open({
      source: this.#source,
      wireRate: model.capabilities.inputRate,
      muted: this.#muted,
      workletUrl: workletUrls?.capture,
      signal,
      onError: (error) => this.#listener.onError(error),
    })
    if (signal.aborted) return microphone.close()
    this.#microphone = microphone
    microphone.mute(this.#muted)
    this.#listener.onCommand({ type: 'attachMicrophone', port: microphone.port })
  }

  async #openSpeaker(signal: AbortSignal): Promise<void> {
    const { model, speaker: wanted, workletUrls } = this.#options
    if (wanted === false) {
      this.#listener.onCommand({ type: 'attachSpeaker', port: silentSpeaker() })
      return
    }
    const speaker = await Speaker.open({
      deviceId: this.#speakerId,
      wireRate: model.capabilities.outputRate,
      workletUrl: workletUrls?.playback,
      signal,
      onError: (error) => this.#listener.onError(error),
    })
    if (signal.aborted) return speaker.close()
    this.#speaker = speaker
    this.#listener.onCommand({ type: 'attachSpeaker', port: speaker.port })
  }

  #watchOutput(signal: AbortSignal): void {
    const speaker = this.#speaker
    if (!speaker || signal.aborted) return
    const tell = (): void => this.#listener.onCommand({ type: 'outputLatency', seconds: speaker.latency })
    tell()
    // The estimate settles only while the context runs, and changes with the device.
    const timer = setInterval(tell, LATENCY_INTERVAL_MS)
    signal.addEventListener('abort', () => clearInterval(timer))
    void isRunning(speaker.context, RUNNING_TIMEOUT_MS).then((running) => {
      if (!running && !signal.aborted) this.#listener.onError(silenced())
    })
  }

  #close(): void {
    this.#microphone?.close()
    this.#speaker?.close()
    this.#microphone = undefined
    this.#speaker = undefined
  }
}

function silenced(): AudioError {
  return new AudioError(
    'The browser keeps the sound off: call start() from a click, or click the page once.',
    { code: 'audio-blocked', retryable: true },
  )
}
