import type { Agent } from '../agent/agent.ts'
import type { Listenable, ListenOptions, Listener } from '../core/emitter.ts'
import type { EngineCommand, PipelineState } from '../engine/messages.ts'
import type { ModelCapabilities, RealtimeModel } from '../providers/model.ts'
import type { ImageSource } from './image.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import { checkOptions, unsupported, type RealTimePipelineOptions } from './pipeline-options.ts'
import { Session } from './session.ts'
import type { AudioClip, Farewell, ReplyOptions, SayOptions, Speech } from './speech.ts'

/** What a message may have besides its text. */
export interface MessageOptions {
  /** Pictures, camera frames and the like. They are sent as JPEG, 1024 pixels at the longer side at most. */
  readonly images?: readonly ImageSource[]
}

/**
 * A spoken conversation of this page with a model that hears and speaks by itself.
 *
 * ```ts
 * const pipeline = new RealTimePipeline({ model, agent })
 * pipeline.on('transcript', ({ role, heardText }) => show(role, heardText))
 * button.onclick = () => pipeline.start()
 * ```
 */
export class RealTimePipeline implements Listenable<PipelineEvents>, AsyncDisposable {
  readonly #session: Session

  /** @throws OptionError if an option is wrong, or the model cannot honour it. */
  constructor(options: RealTimePipelineOptions) {
    checkOptions(options)
    this.#session = new Session(options, this)
  }

  /** What the conversation is doing. */
  get state(): PipelineState {
    return this.#session.state
  }

  /** Who has the conversation. */
  get agent(): Agent {
    return this.#session.agent
  }

  /** Whether the model gets silence instead of the microphone. */
  get muted(): boolean {
    return this.#session.audio.muted
  }

  /** Loudness of the microphone as the model gets it: root mean square, 0 to 1. For a meter. */
  get microphoneLevel(): number {
    return this.#session.audio.microphoneLevel
  }

  /** Loudness of the agent's voice: root mean square, 0 to 1. For a meter. */
  get speakerLevel(): number {
    return this.#session.audio.speakerLevel
  }

  /** Where the voice is played, from `start()` until the end: for sounds of your own beside it. */
  get speakerContext(): AudioContext | undefined {
    return this.#session.audio.speakerContext
  }

  /** Listens to an event; the returned function stops it. */
  on<Name extends keyof PipelineEvents>(
    event: Name,
    listener: Listener<PipelineEvents[Name]>,
    options?: ListenOptions,
  ): () => void {
    return this.#session.emitter.on(event, listener, options)
  }

  /**
   * Begins the conversation: microphone, speaker and connection are set up side by side, and what is said
   * meanwhile is kept. Call it from a click, or browsers will not let sound out.
   *
   * Rejects with a `VivaVoceError`, after which everything is released and it may be called again.
   */
  async start(): Promise<void> {
    await this.#session.start()
    if (this.agent.options.onEnter) await (await this.#session.direct()).enter(this.#session)
  }

  /**
   * Sends a typed message. An answer that is under way is interrupted. Resolves when it is sent, which may
   * be after a connection that was lost has been made again.
   * @throws StateError before `start()` has resolved, or after `close()`.
   * @throws OptionError if the model cannot read, or cannot see.
   */
  async sendMessage(text: string, { images = [] }: MessageOptions = {}): Promise<void> {
    this.#assertCan('textInput', 'sendMessage()', 'read typed messages', 'speak to it')
    const session = this.#session
    const encoded =
      images.length > 0 && (await (await session.direct()).encode(session, images, 'sendMessage()'))
    const message = encoded ? { text, images: encoded } : { text }
    await session.request((request) => ({ type: 'sendMessage', request, message }))
  }

  /**
   * Has the agent say something, as soon as nobody speaks: a text, word for word as far as the model obeys,
   * or a recording, exactly. Resolves with a handle, before it is said.
   * @throws StateError before `start()` has resolved, or after `close()`.
   * @throws OptionError if the model cannot, or the recording cannot be decoded.
   */
  async say(what: string | AudioClip, options?: SayOptions): Promise<Speech> {
    this.#session.assertRunning('say()')
    return (await this.#session.direct()).say(this.#session, what, options)
  }

  /**
   * Has the agent speak in its own words, as soon as nobody speaks. Resolves with a handle, before it is said.
   * @throws StateError before `start()` has resolved, or after `close()`.
   * @throws OptionError if the model cannot.
   */
  async generateReply(options: ReplyOptions): Promise<Speech> {
    this.#session.assertRunning('generateReply()')
    return (await this.#session.direct()).generateReply(this.#session, options)
  }

  /**
   * Gives the conversation to another agent. Resolves when the model, or the next connection, has it.
   * @throws OptionError if the agent has tools, and the model calls none.
   */
  async setAgent(agent: Agent): Promise<void> {
    this.#assertOpen('setAgent()')
    return (await this.#session.direct()).setAgent(this.#session, agent)
  }

  /**
   * Goes on with another model, of any provider, as soon as nobody speaks. The microphone stays open, and the
   * new model is told what was said. If it does not connect, this rejects and the old one goes on.
   */
  async changeModel(model: RealtimeModel): Promise<void> {
    this.#assertOpen('changeModel()')
    return (await this.#session.direct()).changeModel(this.#session, model)
  }

  /** Says goodbye, if a `farewell` is given, and closes when that was heard. */
  async hangUp(farewell?: Farewell): Promise<void> {
    if (farewell && this.#session.phase === 'running')
      await (await this.#session.direct()).bid(this.#session, farewell)
    return this.close()
  }

  /**
   * Push-to-talk: the user's turn begins, and an answer that is under way is interrupted. For a model
   * that is set not to find turns by itself.
   * @throws OptionError if the model has no such mode.
   */
  startTurn(): void {
    this.#turn('startTurn')
  }

  /** Push-to-talk: the user's turn is over, and is to be answered. */
  endTurn(): void {
    this.#turn('endTurn')
  }

  /** Silences the agent, and stops the answer that is under way; does nothing if there is none. */
  interrupt(): void {
    this.#assertOpen('interrupt()')
    this.#session.engine.handle({ type: 'interrupt' })
  }

  /** Gives the model silence instead of the microphone, within 5 ms. */
  mute(): void {
    this.#assertOpen('mute()')
    this.#session.audio.muted = true
  }

  /** Gives the model the microphone again. */
  unmute(): void {
    this.#assertOpen('unmute()')
    this.#session.audio.muted = false
  }

  /** Changes the microphone, at once if it is in use: a device's id, or a stream that stays yours. */
  async setMicrophone(source: string | MediaStream): Promise<void> {
    this.#assertOpen('setMicrophone()')
    await this.#session.audio.setMicrophone(source)
  }

  /** Changes the speaker, at once if it is in use. `'default'` is the system's. */
  async setSpeaker(deviceId: string): Promise<void> {
    this.#assertOpen('setSpeaker()')
    await this.#session.audio.setSpeaker(deviceId)
  }

  /** Ends the conversation for good and releases everything, also half-way through `start()`. Idempotent. */
  async close(): Promise<void> {
    this.#session.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #assertOpen(call: string): void {
    if (this.#session.phase === 'closed') throw this.#session.misplaced(call, 'make a new pipeline')
  }

  #assertCan(capability: keyof ModelCapabilities, call: string, what: string, instead: string): void {
    this.#session.assertRunning(call)
    const { model } = this.#session
    if (!model.capabilities[capability]) {
      throw unsupported(model, call, what, instead)
    }
  }

  #turn(type: Extract<EngineCommand['type'], 'startTurn' | 'endTurn'>): void {
    this.#assertCan('manualTurns', `${type}()`, 'be told of turns', 'let it find them')
    this.#session.engine.handle({ type })
  }
}
