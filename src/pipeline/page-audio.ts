import { Microphone, type MicrophoneOptions } from '../audio/microphone.ts'
import { Speaker, type SpeakerSetup, type SpeakerWorklet } from '../audio/speaker.ts'
import { trouble } from '../audio/trouble.ts'
import { ConnectionError, type VivaVoceError } from '../core/errors.ts'
import type { Listenable } from '../core/emitter.ts'
import type { EngineCommand } from '../engine/messages.ts'
import type { RealtimeModel } from '../providers/model.ts'
import type { PeerLink, PeerSetup } from '../providers/peer-link.ts'
import type { PeerStats } from '../transport/peer-stats.ts'
import type { PeerMedia } from './peer-media.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import type { RealTimePipelineOptions } from './pipeline-options.ts'

const LATENCY_INTERVAL_MS = 1000
const RUNNING_TIMEOUT_MS = 2000

/** What the page's audio has to say. */
export interface PageAudioListener {
  /** Hands a port to the engine, or tells it of the output's latency. */
  readonly onCommand: (command: EngineCommand) => void
  readonly onError: (error: VivaVoceError) => void
  readonly onStats: (stats: PeerStats) => void
  readonly events: Pick<Listenable<PipelineEvents>, 'on'>
}

/** The microphone and the speaker of one pipeline, and what the application chose for them. */
export class PageAudio {
  readonly #options: RealTimePipelineOptions
  readonly #listener: PageAudioListener
  /** Whose sound it is. */
  model: RealtimeModel
  #microphone: Microphone | undefined
  #speaker: Speaker | undefined
  /** Only for a model whose sound travels as a track. */
  #media: Promise<PeerMedia> | undefined
  /** Whether a track is silent because the agent speaks. */
  #hushed = false
  #source: MicrophoneOptions | MediaStream
  #speakerId: string | undefined
  #muted = false

  constructor(options: RealTimePipelineOptions, listener: PageAudioListener) {
    this.#options = options
    this.#listener = listener
    this.model = options.model
    this.#source = options.microphone || {}
    this.#speakerId = options.speaker ? options.speaker.deviceId : undefined
  }

  get muted(): boolean {
    return this.#muted
  }

  set muted(muted: boolean) {
    this.#muted = muted
    this.#microphone?.command({ type: 'mute', muted })
    this.#refresh()
  }

  get microphoneLevel(): number {
    return this.#microphone?.level ?? 0
  }

  get speakerLevel(): number {
    return this.#speaker?.level ?? 0
  }

  get speakerContext(): AudioContext | undefined {
    return this.#speaker?.context
  }

  /** Opens both side by side; when `signal` aborts, they are released. */
  async open(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#close(), { once: true })
    await Promise.all([this.#openMicrophone(signal), this.openOutput(signal)])
    if (signal.aborted) return
    this.connectPeers(signal)
    this.#watchOutput(signal)
  }

  /** Gives the microphone to the engine. */
  attachMicrophone(): void {
    const port = this.#microphone?.connect(this.model.capabilities.inputRate)
    if (port) this.#listener.onCommand({ type: 'attachMicrophone', port })
  }

  /** Gives the speaker to the engine. */
  async attachSpeaker(signal: AbortSignal): Promise<void> {
    const port =
      this.#speaker?.connect(this.model.capabilities.outputRate) ??
      // A chunk of its own: few pages do without a speaker.
      (await import('../audio/silent-speaker.ts')).silentSpeaker()
    if (!signal.aborted) this.#listener.onCommand({ type: 'attachSpeaker', port })
  }

  /** See `ModelSession.openPeer`. */
  async openPeer(setup: PeerSetup): Promise<PeerLink> {
    const media = await this.#media
    if (!media) throw new TypeError('The model has no capabilities.media: "track".')
    return media.openPeer(setup)
  }

  async setMicrophone(source: string | MediaStream): Promise<void> {
    const constraints = this.#source instanceof MediaStream ? {} : this.#source
    const next = typeof source === 'string' ? { ...constraints, deviceId: source } : source
    await this.#microphone?.change(next)
    this.#source = next
    this.#refresh()
  }

  async setSpeaker(deviceId: string): Promise<void> {
    await this.#speaker?.change(deviceId)
    this.#speakerId = deviceId
  }

  async #openMicrophone(signal: AbortSignal): Promise<void> {
    const { microphone: wanted, workletUrls, localSpeech } = this.#options
    if (wanted === false) return
    const microphone = await Microphone.open({
      source: this.#source,
      wireRate: this.model.capabilities.inputRate,
      muted: this.#muted,
      workletSource: localSpeech?.workletSource,
      workletUrl: workletUrls?.capture,
      signal,
      onError: this.#listener.onError,
    })
    if (signal.aborted) return microphone.close()
    this.#microphone = microphone
    microphone.command({ type: 'mute', muted: this.#muted })
    this.attachMicrophone()
    this.#refresh()
  }

  /** Opens what plays the model's voice, and gives it to the engine. */
  async openOutput(signal: AbortSignal): Promise<void> {
    if (this.model.capabilities.media === 'track') return this.#openMedia(signal)
    if (this.#options.speaker !== false) {
      const speaker = await Speaker.open(this.#speakerSetup('playback', signal))
      if (signal.aborted) return speaker.close()
      this.#speaker = speaker
    }
    return this.attachSpeaker(signal)
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
    this.#refresh()
    this.#speaker = media.speaker
    return this.attachSpeaker(signal)
  }

  #speakerSetup(worklet: 'playback' | 'remote', signal: AbortSignal): SpeakerSetup {
    const { localSpeech, workletUrls } = this.#options
    return {
      deviceId: this.#speakerId,
      wireRate: this.model.capabilities.outputRate,
      onLocalSpeech: localSpeech?.reaction ?? 'off',
      workletUrl: workletUrls?.[worklet],
      signal,
      onError: this.#listener.onError,
    }
  }

  /** Tells what sends the microphone as a track of what has changed. */
  #refresh(): void {
    this.#withMedia((media) => media.send(this.#microphone?.stream, this.#muted || this.#hushed))
  }

  #withMedia(use: (media: PeerMedia) => void): void {
    // That it could not be had is told to whoever opened it.
    this.#media?.then(use, () => {})
  }

  /** Lets microphone and speaker know of each other, if that is wished. */
  connectPeers(signal: AbortSignal): void {
    const { events } = this.#listener
    if (this.#microphone && this.#speaker)
      this.#options.localSpeech?.attach(this.#microphone, this.#speaker, {
        events,
        signal,
        hush: (on) => {
          this.#hushed = on
          this.#refresh()
        },
      })
  }

  #watchOutput(signal: AbortSignal): void {
    const speaker = this.#speaker
    if (!speaker || signal.aborted) return
    const tell = (): void =>
      this.#listener.onCommand({ type: 'outputLatency', seconds: this.#speaker?.latency ?? 0 })
    tell()
    // The estimate settles only while the context runs, and changes with the device.
    const interval = setInterval(tell, LATENCY_INTERVAL_MS)
    const deadline = setTimeout(() => {
      if (speaker.context.state !== 'running') void trouble('silenced').then(this.#listener.onError)
    }, RUNNING_TIMEOUT_MS)
    signal.addEventListener('abort', () => {
      clearInterval(interval)
      clearTimeout(deadline)
    })
  }

  /** Closes what plays the model's voice. */
  closeOutput(): void {
    this.#speaker?.close()
    this.#withMedia((media) => media.close())
    this.#media = this.#speaker = undefined
    this.#hushed = false
  }

  #close(): void {
    this.#microphone?.close()
    this.#microphone = undefined
    this.closeOutput()
  }
}
