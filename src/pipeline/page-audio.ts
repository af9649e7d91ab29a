import { Microphone, type MicrophoneOptions } from '../audio/microphone.ts'
import { silentSpeaker } from '../audio/silent-speaker.ts'
import { Speaker } from '../audio/speaker.ts'
import { AudioError, type VivaVoceError } from '../core/errors.ts'
import type { Echo, EngineCommand } from '../engine/messages.ts'
import type { RealTimePipelineOptions } from './pipeline-options.ts'

const LATENCY_INTERVAL_MS = 1000
const RUNNING_TIMEOUT_MS = 2000
/** An echo louder than this, so surely, so often in a row, is one that nobody cancels. */
const ECHO_DB = -20
const ECHO_CORRELATION = 0.6
const ECHOES = 2

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
  #echoes = 0

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
    if (signal.aborted) return
    this.#connectPeers()
    this.#watchOutput(signal)
  }

  /** Takes a measurement of the echo: if it is plainly not cancelled, and so allowed, one speaks at a time. */
  hearEcho({ estimateDb, correlation }: Echo): void {
    this.#echoes = estimateDb > ECHO_DB && correlation > ECHO_CORRELATION ? this.#echoes + 1 : 0
    if (this.#echoes === ECHOES && this.#options.localSpeech?.halfDuplex === 'auto') {
      this.#microphone?.halfDuplex(true)
    }
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
      workletSource: this.#options.localSpeech?.workletSource,
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
      onLocalSpeech: this.#options.localSpeech?.reaction ?? 'off',
      workletUrl: workletUrls?.playback,
      signal,
      onError: (error) => this.#listener.onError(error),
    })
    if (signal.aborted) return speaker.close()
    this.#speaker = speaker
    this.#listener.onCommand({ type: 'attachSpeaker', port: speaker.port })
  }

  #connectPeers(): void {
    const { localSpeech } = this.#options
    if (!localSpeech || !this.#microphone || !this.#speaker) return
    if (localSpeech.halfDuplex === 'always') this.#microphone.halfDuplex(true)
    const { port1, port2 } = new MessageChannel()
    this.#microphone.connectPeer(port1)
    this.#speaker.connectPeer(port2)
  }

  #watchOutput(signal: AbortSignal): void {
    const speaker = this.#speaker
    if (!speaker || signal.aborted) return
    const tell = (): void => this.#listener.onCommand({ type: 'outputLatency', seconds: speaker.latency })
    tell()
    // The estimate settles only while the context runs, and changes with the device.
    const interval = setInterval(tell, LATENCY_INTERVAL_MS)
    const deadline = setTimeout(() => {
      if (speaker.context.state !== 'running') this.#listener.onError(silenced())
    }, RUNNING_TIMEOUT_MS)
    signal.addEventListener('abort', () => {
      clearInterval(interval)
      clearTimeout(deadline)
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
