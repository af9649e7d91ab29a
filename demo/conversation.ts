import type { AgentChoice } from './agents/index.ts'
import { createModel, type ModelChoice } from './models.ts'
import { type ConversationItem, type HistoryItem, localSpeech, RealTimePipeline } from './sdk.ts'

/** What the user chose on the page. */
export interface DeviceChoice {
  /** A device's id, `'default'`, or `false` for none. */
  readonly microphone: string | false
  /** A device's id, or `'default'`. */
  readonly speaker: string
}

/** An earlier conversation that goes on. */
export interface Past {
  readonly items: readonly ConversationItem[]
  /** The same for the model. */
  readonly history: readonly HistoryItem[]
}

/** How a conversation begins. */
export interface Beginning extends DeviceChoice {
  readonly agent: AgentChoice
  readonly past?: Past | undefined
}

/** A part of the page that shows a conversation. */
export interface ConversationView {
  /** Follows a new conversation; the one before is closed. */
  attach(pipeline: RealTimePipeline, beginning: Beginning): void
}

export interface ConversationOptions {
  readonly model: () => ModelChoice | Promise<ModelChoice>
  readonly agent: () => AgentChoice
  readonly devices: () => DeviceChoice
  readonly views: readonly ConversationView[]
  readonly onFailure: (reason: unknown) => void
}

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

  /** Starts a conversation, or goes on with a past one, unless one is on. Resolves with whether one is. */
  async start(past?: Past): Promise<boolean> {
    if (this.live && !this.#starting) return true
    this.#starting ??= this.#open(past).finally(() => (this.#starting = undefined))
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

  /** Goes on with another model. Resolves with whether it does; if not, the old one goes on. */
  async changeModel(choice: ModelChoice): Promise<boolean> {
    return this.#attempt(async (pipeline) => pipeline.changeModel(createModel(choice)))
  }

  async #open(past: Past | undefined): Promise<boolean> {
    const { model, agent, devices, views } = this.#options
    void this.stop()
    try {
      const given = model()
      // Not awaited if it is there: browsers let sound out only where start() is called in a gesture.
      const choice = given instanceof Promise ? await given : given
      const beginning = { ...devices(), agent: agent(), past }
      this.#pipeline = createPipeline(choice, beginning)
      for (const view of views) view.attach(this.#pipeline, beginning)
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

function createPipeline(
  choice: ModelChoice,
  { microphone, speaker, agent, past }: Beginning,
): RealTimePipeline {
  return new RealTimePipeline({
    model: createModel(choice),
    agent: agent.create(),
    extensions: agent.extensions ?? [],
    history: past?.history ?? [],
    microphone: microphone === false ? false : deviceOptions(microphone),
    speaker: deviceOptions(speaker),
    localSpeech: localSpeech({ halfDuplex: 'auto' }),
  })
}

function deviceOptions(deviceId: string): { deviceId?: string } {
  return deviceId === 'default' ? {} : { deviceId }
}
