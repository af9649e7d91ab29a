import { createModel, type ModelChoice } from './models.ts'
import { Agent, localSpeech, RealTimePipeline } from './sdk.ts'
import { tools } from './tools.ts'

/** What the user chose on the page. */
export interface DeviceChoice {
  /** A device's id, `'default'`, or `false` for none. */
  readonly microphone: string | false
  /** A device's id, or `'default'`. */
  readonly speaker: string
}

/** A part of the page that shows a conversation. */
export interface ConversationView {
  /** Follows a new conversation; the one before is closed. */
  attach(pipeline: RealTimePipeline, devices: DeviceChoice): void
}

export interface ConversationOptions {
  readonly model: () => ModelChoice | Promise<ModelChoice>
  readonly devices: () => DeviceChoice
  readonly views: readonly ConversationView[]
  readonly onFailure: (reason: unknown) => void
}

const INSTRUCTIONS =
  'You are a travel guide with a calm voice. Answer in one to three short sentences. ' +
  'Look the weather and the time up with your tools; never guess them.'

/** One conversation at a time: a new pipeline for each start, the page's views attached to it. */
export class Conversation {
  readonly #options: ConversationOptions
  #pipeline: RealTimePipeline | undefined
  #starting: Promise<boolean> | undefined

  constructor(options: ConversationOptions) {
    this.#options = options
  }

  /** Whether there is a conversation to speak in, to mute and to end. */
  get live(): boolean {
    return this.#pipeline !== undefined && !['idle', 'closed'].includes(this.#pipeline.state)
  }

  /** Starts a conversation, unless one is on. Resolves with whether one is. */
  async start(): Promise<boolean> {
    if (this.live && !this.#starting) return true
    this.#starting ??= this.#open().finally(() => (this.#starting = undefined))
    return this.#starting
  }

  async stop(): Promise<void> {
    const pipeline = this.#pipeline
    this.#pipeline = undefined
    await pipeline?.close()
  }

  /** Sends a typed message. Resolves with whether it was sent. */
  async send(text: string): Promise<boolean> {
    return this.#attempt((pipeline) => pipeline.sendMessage(text))
  }

  interrupt(): void {
    if (this.live) this.#pipeline?.interrupt()
  }

  /** Mutes or unmutes; returns whether the microphone is muted now. */
  toggleMute(): boolean {
    const pipeline = this.#pipeline
    if (!pipeline || !this.live) return false
    if (pipeline.muted) pipeline.unmute()
    else pipeline.mute()
    return pipeline.muted
  }

  async setMicrophone(deviceId: string): Promise<void> {
    if (this.live) await this.#attempt((pipeline) => pipeline.setMicrophone(deviceId))
  }

  async setSpeaker(deviceId: string): Promise<void> {
    if (this.live) await this.#attempt((pipeline) => pipeline.setSpeaker(deviceId))
  }

  async #open(): Promise<boolean> {
    const { model, devices, views } = this.#options
    void this.stop()
    try {
      const given = model()
      // Not awaited if it is there: browsers let sound out only where start() is called in a gesture.
      const choice = given instanceof Promise ? await given : given
      const chosen = devices()
      this.#pipeline = createPipeline(choice, chosen)
      for (const view of views) view.attach(this.#pipeline, chosen)
    } catch (reason) {
      this.#options.onFailure(reason)
      return false
    }
    return this.#attempt((pipeline) => pipeline.start())
  }

  /** Whether it worked. What was ended meanwhile did not fail: it was ended. */
  async #attempt(work: (pipeline: RealTimePipeline) => Promise<void>): Promise<boolean> {
    const pipeline = this.#pipeline
    if (!pipeline) return false
    try {
      await work(pipeline)
      return true
    } catch (reason) {
      if (pipeline === this.#pipeline) this.#options.onFailure(reason)
      return false
    }
  }
}

function createPipeline(choice: ModelChoice, { microphone, speaker }: DeviceChoice): RealTimePipeline {
  return new RealTimePipeline({
    model: createModel(choice),
    agent: new Agent({ instructions: INSTRUCTIONS, tools }),
    microphone: microphone === false ? false : deviceOptions(microphone),
    speaker: deviceOptions(speaker),
    localSpeech: localSpeech({ halfDuplex: 'auto' }),
  })
}

function deviceOptions(deviceId: string): { deviceId?: string } {
  return deviceId === 'default' ? {} : { deviceId }
}
