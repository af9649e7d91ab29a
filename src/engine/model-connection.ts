import { backoffMs } from '../core/backoff.ts'
import {
  ConnectionError,
  isVivaVoceError,
  ModelError,
  messageOf,
  type VivaVoceError,
} from '../core/errors.ts'
import type { ModelSession, RealtimeModel } from '../providers/model.ts'
import {
  type Connection,
  type ConnectionEffect,
  type ConnectionInput,
  stepConnection,
} from './connection-table.ts'
import type { PipelineState, Reconnection } from './messages.ts'

/** A connection that lasted shorter than this was none: the next try waits longer. */
const LASTING_MS = 10_000

/** What a {@link ModelConnection} works with. */
export interface ModelConnectionHost {
  /** What the model is given for the next connection. */
  session(): Omit<ModelSession, 'signal'>
  /** Resolves when nothing is under way that belongs to the connection that was lost. */
  settled(): Promise<void>
  /** The model is ready; `reconnection` if it is not the first connection of the conversation. */
  onOpen(reconnection: Reconnection | undefined): void
  /** There is no connection, and the conversation waits for another. */
  onDisconnect(): void
  /** The conversation is over; comes before the two that say why, unless it was asked for. */
  onRelease(): void
  /** The first connection was not made. */
  onRejected(error: VivaVoceError): void
  /** The connection was lost for good. */
  onLost(error: VivaVoceError): void
  /** Runs a method of the model's: what it throws is reported, and ends nothing. */
  guard(call: () => void): void
  onState(state: PipelineState & ('idle' | 'connecting' | 'reconnecting' | 'listening')): void
}

type Outage = { -readonly [Field in keyof Reconnection]: Reconnection[Field] } & { startedAt: number }

/** The connection to a model: opened, lost, made again, changed before it expires. */
export class ModelConnection {
  readonly #model: RealtimeModel
  readonly #host: ModelConnectionHost
  #connection: Connection = { state: 'idle', attempt: 0 }
  #link = new AbortController()
  #outage: Outage | undefined
  #failures = 0
  #openedAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #waiting: (() => void)[] = []

  constructor(model: RealtimeModel, host: ModelConnectionHost) {
    this.#model = model
    this.#host = host
    model.on('closed', (error) => this.#fail(error, this.#connection.attempt))
  }

  /** Whether there is a conversation, connected or not. */
  get live(): boolean {
    return this.#connection.state !== 'idle'
  }

  /** Whether the model takes audio and messages. */
  get open(): boolean {
    return this.#connection.state === 'open'
  }

  /** Whether somebody waits until it is ready. */
  get awaited(): boolean {
    return this.#waiting.length > 0
  }

  /** Resolves when the model takes messages, or the conversation is over. */
  async ready(): Promise<void> {
    if (this.live && !this.open) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Begins a conversation. */
  start(): void {
    this.#step('start')
  }

  /** Changes to a new connection. */
  rotate(reason: Reconnection['reason']): void {
    if (this.open) this.#outage = { reason, attempts: 0, durationMs: 0, startedAt: performance.now() }
    this.#step('rotate')
  }

  /** Ends the conversation. */
  stop(): void {
    this.#step('stop')
  }

  #connect(): void {
    const { attempt } = this.#connection
    const { signal } = (this.#link = new AbortController())
    if (this.#outage) this.#outage.attempts++
    // A model that throws at once is to fail like one that rejects.
    void (async () => this.#model.connect({ ...this.#host.session(), signal }))().then(
      () => this.#step('opened', attempt),
      (thrown: unknown) => this.#fail(asVivaVoceError(thrown, 'The model did not connect'), attempt),
    )
  }

  #fail(error: VivaVoceError, attempt: number): void {
    const { resume = 'none' } = this.#model.capabilities
    const again = error.retryable && resume !== 'none' && backoffMs(this.#failures + 1) !== undefined
    this.#step(again ? 'dropped' : 'failed', attempt, error)
  }

  #step(input: ConnectionInput, attempt = this.#connection.attempt, error = stopped()): void {
    const { effects, state, attempt: current } = stepConnection(this.#connection, input, attempt)
    this.#connection = { state, attempt: current }
    for (const effect of effects) this.#perform(effect, error)
    // Nobody is to notice a connection that is changed between two turns.
    if (state === 'idle' || state === 'connecting') this.#host.onState(state)
    else if (state === 'open') this.#host.onState('listening')
    else if (this.#outage?.error) this.#host.onState('reconnecting')
  }

  #perform(effect: ConnectionEffect, error: VivaVoceError): void {
    switch (effect) {
      case 'connect':
        return this.#connect()
      case 'disconnect':
        this.#link.abort(error)
        this.#host.guard(() => this.#model.close())
        return this.#host.onDisconnect()
      case 'wait':
        return void this.#wait(error)
      case 'confirm':
      case 'resume':
        return this.#opened()
      case 'release':
        clearTimeout(this.#timer)
        this.#outage = undefined
        this.#failures = 0
        this.#host.onRelease()
        return this.#proceed()
      case 'reject':
        return this.#host.onRejected(error)
      case 'announceLoss':
        return this.#host.onLost(error)
    }
  }

  #opened(): void {
    const now = performance.now()
    this.#openedAt = now
    const outage = this.#outage
    this.#outage = undefined
    if (outage) {
      const { startedAt, ...reconnection } = outage
      this.#host.onOpen({ ...reconnection, durationMs: now - startedAt })
    } else this.#host.onOpen(undefined)
    this.#proceed()
  }

  #proceed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  async #wait(error: VivaVoceError): Promise<void> {
    const now = performance.now()
    if (!this.#outage && now - this.#openedAt > LASTING_MS) this.#failures = 0
    this.#outage ??= { reason: 'lost', attempts: 0, durationMs: 0, startedAt: now }
    this.#outage.error ??= error
    const { attempt } = this.#connection
    const until = now + (backoffMs(++this.#failures) ?? 0)
    await this.#host.settled()
    // A timer that can be stopped, or it would hold what is over.
    this.#timer = setTimeout(() => this.#step('retry', attempt), Math.max(0, until - performance.now()))
  }
}

/** Why something that was under way came to nothing. */
export function stopped(): ConnectionError {
  return new ConnectionError('The conversation ended before this was done.', {
    code: 'connection-lost',
  })
}

/** What a model threw, as an error of ours. */
export function asVivaVoceError(thrown: unknown, what: string): VivaVoceError {
  if (isVivaVoceError(thrown)) return thrown
  return new ModelError(`${what}: ${messageOf(thrown)}`, { code: 'model-error', cause: thrown })
}
