import {
  type AgentUpdate,
  type HeardItem,
  type ModelCapabilities,
  type ModelEvents,
  type ModelSession,
  RealtimeModel,
  type ReplyRequest,
  type UserMessage,
} from '../providers/model.ts'

/** Something that a model tells. */
export type ModelEvent = {
  [Name in keyof ModelEvents]: { readonly name: Name; readonly payload: ModelEvents[Name] }
}[keyof ModelEvents]

// An object, so that an event that is new to the contract cannot be forgotten here.
const names: { readonly [Name in keyof ModelEvents]: 1 } = {
  speechStarted: 1,
  speechStopped: 1,
  responseStarted: 1,
  responseDone: 1,
  transcript: 1,
  toolCancelled: 1,
  usage: 1,
  expiring: 1,
  notice: 1,
  error: 1,
  closed: 1,
}

/**
 * A model within another: all that is asked of it is asked of `inner`, and all that `inner` tells is told.
 * A subclass overrides what it changes. Events of a provider's own are told by the provider's model alone.
 */
export class WrappedModel extends RealtimeModel {
  protected readonly inner: RealtimeModel

  constructor(inner: RealtimeModel) {
    super()
    this.inner = inner
    // Errors name the model that the application knows.
    Object.defineProperty(this, 'constructor', { value: inner.constructor })
    for (const name of Object.keys(names) as (keyof ModelEvents)[]) {
      inner.on(name, (payload) => this.hear({ name, payload } as ModelEvent))
    }
  }

  get capabilities(): ModelCapabilities {
    return this.inner.capabilities
  }

  /** Takes what the inner model tells. */
  protected hear({ name, payload }: ModelEvent): void {
    this.emit(name, payload)
  }

  async connect(session: ModelSession): Promise<void> {
    return this.inner.connect(session)
  }

  handleAudioInput(frame: Int16Array): void {
    this.inner.handleAudioInput(frame)
  }

  close(): void {
    this.inner.close()
  }

  override sendMessage(message: UserMessage): void {
    this.inner.sendMessage(message)
  }

  override interrupt(heard: readonly HeardItem[]): void {
    this.inner.interrupt(heard)
  }

  override startTurn(): void {
    this.inner.startTurn()
  }

  override endTurn(): void {
    this.inner.endTurn()
  }

  override reply(request: ReplyRequest): void {
    this.inner.reply(request)
  }

  override addMessage(role: 'user' | 'agent', text: string): void {
    this.inner.addMessage(role, text)
  }

  override update(agent: AgentUpdate): boolean {
    return this.inner.update(agent)
  }

  override answer(wanted: boolean): void {
    this.inner.answer(wanted)
  }
}
