import { Microphone, type MicrophoneOptions } from '../audio/microphone.ts'
import { Speaker, type SpeakerSetup, type SpeakerWorklet } from '../audio/speaker.ts'
import { AudioError, ConnectionError, type VivaVoceError } from '../core/errors.ts'
import type { LocalSpeechLink } from '../audio/local-speech.ts'
import type { Echo, EngineCommand, PipelineState } from '../engine/messages.ts'
import type { PeerLink, PeerSetup } from '../providers/peer-link.ts'
import type { PeerStats } from '../transport/peer-stats.ts'
import type { PeerMedia } from './peer-media.ts'
import type { RealTimePipelineOptions } from './pipeline-options.ts'

const LATENCY_INTERVAL_MS = 1000
const RUNNING_TIMEOUT_MS = 2000

/** What the page's audio has to say. */
export interface PageAudioListener {
  /** Hands a port to the engine, or tells it of the output's latency. */
  readonly onCommand: (command: EngineCommand) => void
  readonly onError: (error: VivaVoceError) => void
  readonly onStats: (stats: PeerStats) => void
}

/** The microphone and the speaker of one pipeline, and what the application chose for them. */
export class PageAudio {
  readonly #options: RealTimePipelineOptions
  readonly #listener: PageAudioListener
  #microphone: Microphone | undefined
  #speaker: Speaker | undefined
  /** Only for a model whose sound travels as a track. */
  #media: Promise<PeerMedia> | undefined
  #local: LocalSpeechLink | undefined
  /** Whether a track is silent because the agent speaks. */
  #hushed = false
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
    this.#muteTrack()
  }

  /** Takes what the conversation is doing: where one speaks at a time, a track is silent meanwhile. */
  showState(state: PipelineState): void {
    this.#local?.speaking(state === 'speaking')
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
    const tracks = this.#options.model.capabilities.media === 'track'
    await Promise.all([
      this.#openMicrophone(signal),
      tracks ? this.#openMedia(signal) : this.#openSpeaker(signal),
    ])
    if (signal.aborted) return
    this.#connectPeers()
    this.#watchOutput(signal)
  }

  /** See `ModelSession.openPeer`. */
  async openPeer(setup: PeerSetup): Promise<PeerLink> {
    const media = await this.#media
    if (!media) throw new TypeError('The model has no capabilities.media: "track".')
    return media.openPeer(setup)
  }

  /** Takes a measurement of the echo. */
  hearEcho(echo: Echo): void {
    this.#local?.hearEcho(echo)
  }

  async setMicrophone(source: string | MediaStream): Promise<void> {
    const constraints = this.#source instanceof MediaStream ? {} : this.#source
    const next = typeof source === 'string' ? { ...constraints, deviceId: source } : source
    await this.#microphone?.change(next)
    this.#source = next
    this.#sendTrack()
  }

  async setSpeaker(deviceId: string): Promise<void> {
    await this.#speaker?.change(deviceId)
    this.#speakerId = deviceId
  }

  async #openMicrophone(signal: AbortSignal): Promise<void> {
    const { model, microphone: wanted, workletUrls, localSpeech } = this.#options
    if (wanted === false) return
    const microphone = await Microphone.open({
      source: this.#source,
      wireRate: model.capabilities.inputRate,
      muted: this.#muted,
      workletSource: localSpeech?.workletSource,
      workletUrl: workletUrls?.capture,
      signal,
      onError: this.#listener.onError,
    })
    if (signal.aborted) return microphone.close()
    this.#microphone = microphone
    microphone.mute(this.#muted)
    this.#listener.onCommand({ type: 'attachMicrophone', port: microphone.port })
    this.#sendTrack()
  }

  async #openSpeaker(signal: AbortSignal): Promise<void> {
    if (this.#options.speaker === false) return this.#attachSpeaker(undefined, signal)
    const speaker = await Speaker.open(this.#speakerSetup('playback', signal))
    if (signal.aborted) return speaker.close()
    return this.#attachSpeaker(speaker, signal)
  }

  async #attachSpeaker(speaker: Speaker | undefined, signal: AbortSignal): Promise<void> {
    this.#speaker = speaker
    // A chunk of its own: few pages do without a speaker.
    const port = speaker?.port ?? (await import('../audio/silent-speaker.ts')).silentSpeaker()
    if (!signal.aborted) this.#listener.onCommand({ type: 'attachSpeaker', port })
  }

  async #openMedia(signal: AbortSignal): Promise<void> {
    const openSpeaker =
      this.#options.speaker === false
        ? undefined
        : async (worklet: SpeakerWorklet) =>
            Speaker.open({ ...this.#speakerSetup('remote', signal), worklet })
    // A chunk of its own: a page whose sound travels otherwise does not load it.
    this.#media = import('./peer-media.ts').then(async ({ PeerMedia }) =>
      PeerMedia.open({
        openSpeaker,
        makeError: (message, details) => new ConnectionError(message, details),
        onStats: this.#listener.onStats,
      }),
    )
    const media = await this.#media
    if (signal.aborted) return media.close()
    this.#muteTrack()
    this.#sendTrack()
    return this.#attachSpeaker(media.speaker, signal)
  }

  #speakerSetup(worklet: 'playback' | 'remote', signal: AbortSignal): SpeakerSetup {
    const { model, localSpeech, workletUrls } = this.#options
    return {
      deviceId: this.#speakerId,
      wireRate: model.capabilities.outputRate,
      onLocalSpeech: localSpeech?.reaction ?? 'off',
      workletUrl: workletUrls?.[worklet],
      signal,
      onError: this.#listener.onError,
    }
  }

  #sendTrack(): void {
    const stream = this.#microphone?.stream
    this.#withMedia((media) => media.setMicrophone(stream))
  }

  #muteTrack(): void {
    const muted = this.#muted || this.#hushed
    this.#withMedia((media) => (media.muted = muted))
  }

  #withMedia(use: (media: PeerMedia) => void): void {
    // That it could not be had is told to whoever opened it.
    this.#media?.then(use, () => {})
  }

  #connectPeers(): void {
    if (this.#microphone && this.#speaker)
      this.#local = this.#options.localSpeech?.attach(this.#microphone, this.#speaker, (on) => {
        this.#hushed = on
        this.#muteTrack()
      })
  }

  #watchOutput(signal: AbortSignal): void {
    const speaker = this.#speaker
    if (!speaker || signal.aborted) return
    const tell = (): void => this.#listener.onCommand({ type: 'outputLatency', seconds: speaker.latency })
    tell()
    // The estimate settles only while the context runs, and changes with the device.
    const interval = setInterval(tell, LATENCY_INTERVAL_MS)
    const deadline = setTimeout(() => {
      if (speaker.context.state === 'running') return
      this.#listener.onError(
        new AudioError('The browser keeps the sound off: call start() from a click, or click the page.', {
          code: 'audio-blocked',
          retryable: true,
        }),
      )
    }, RUNNING_TIMEOUT_MS)
    signal.addEventListener('abort', () => {
      clearInterval(interval)
      clearTimeout(deadline)
    })
  }

  #close(): void {
    this.#microphone?.close()
    this.#speaker?.close()
    this.#withMedia((media) => media.close())
    this.#media = this.#local = this.#microphone = this.#speaker = undefined
    this.#hushed = false
  }
}
