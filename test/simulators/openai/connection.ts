import type { RawData, WebSocket } from 'ws'
import { FaultGate, type FaultPlan } from '../fault-plan.ts'
import { isRecord } from '../is-record.ts'
import { Journal, type JournalEntry, type WaitOptions, type Wanted } from '../journal.ts'
import { describeIssues, type ClientError } from './client-error.ts'
import { checkClientMessage } from './client-messages.ts'
import type { ConversationItem } from './conversation.ts'
import type { Utterance } from './input-audio.ts'
import type { SessionOptions } from './options.ts'
import type { SessionConfig } from './session-config.ts'
import { SimulatedSession } from './session.ts'
import { newId, unixSeconds, type WireMessage } from './wire.ts'

/** A message that the service would not accept, and its answer. */
export interface Violation extends ClientError {
  /** What the client sent; text if it was not a JSON object. */
  readonly received: unknown
}

/** How a connection ended. */
export interface Closure {
  readonly code: number
  readonly reason: string
}

/** What a connection is opened with. */
export interface ConnectionInit {
  readonly socket: WebSocket
  readonly config: SessionConfig
  readonly options: SessionOptions
  readonly plan: FaultPlan
}

/** One client's connection, with all that passed over it. */
export class OpenAIConnection {
  /** Every message that the service would have refused. */
  readonly violations: Violation[] = []
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<Closure>
  readonly #socket: WebSocket
  readonly #journal: Journal<WireMessage>
  readonly #gate: FaultGate<WireMessage>
  readonly #session: SimulatedSession
  readonly #gone = new AbortController()
  readonly #record: boolean

  constructor({ socket, config, options, plan }: ConnectionInit) {
    this.#socket = socket
    this.#record = options.record
    this.#journal = new Journal({ keepsAll: options.record })
    this.#gate = new FaultGate<WireMessage>(plan, {
      write: (frame) => socket.send(frame),
      sent: (event) => this.#journal.record('sent', event),
      close: (code, reason) => socket.close(code, reason),
      drop: () => socket.terminate(),
      freeze: () => socket.pause(),
    })
    const expiresAtMs = Date.now() + options.sessionMs
    this.#session = new SimulatedSession(
      { options, signal: this.#gone.signal, emit: (event) => this.#emit(event) },
      { ...config, id: newId('sess'), expires_at: unixSeconds(expiresAtMs) },
    )
    const expiry = setTimeout(() => this.#expire(options.sessionMs), options.sessionMs)
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        clearTimeout(expiry)
        this.#gone.abort()
        this.#gate.shut()
        this.#journal.close(`the connection was closed with ${code}.`)
        resolve({ code, reason: reason.toString() })
      })
    })
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    // A broken frame is followed by a close: nothing more is to be done about it.
    socket.on('error', () => {})
  }

  /** Every message of the client, in order. */
  get received(): readonly JournalEntry<WireMessage>[] {
    return this.#journal.of('received')
  }

  /** Every event of the server, in order. */
  get sent(): readonly JournalEntry<WireMessage>[] {
    return this.#journal.of('sent')
  }

  /** All audio that was received: PCM16 at 24 kHz. */
  get audio(): Int16Array {
    return this.#session.input.recording.slice()
  }

  /** Every turn of the user's voice. */
  get utterances(): readonly Utterance[] {
    return this.#session.utterances
  }

  /** The session's configuration as it is now. */
  get config(): SessionConfig {
    return this.#session.config
  }

  /** What the model would know: all items, truncated and deleted ones accordingly. */
  get history(): readonly ConversationItem[] {
    return this.#session.conversation.items
  }

  /** Waits for a message of the server, or of the client; one that has passed already counts. */
  waitFor(wanted: Wanted<WireMessage>, options?: WaitOptions): Promise<JournalEntry<WireMessage>> {
    return this.#journal.waitFor(wanted, options)
  }

  /** Opens the session. */
  open(): void {
    this.#gate.open()
    this.#session.open()
  }

  /** Sends an event out of turn, such as one that a test has made up. It is not checked. */
  send(event: WireMessage): void {
    this.#emit(event)
  }

  /** Closes the connection as the service would. */
  close(code = 1000, reason = ''): void {
    this.#gone.abort()
    this.#socket.close(code, reason)
  }

  /** Breaks the connection, with no close frame. */
  drop(): void {
    this.#socket.terminate()
  }

  #emit({ type, ...fields }: WireMessage): void {
    if (!this.#gone.signal.aborted) this.#gate.send({ type, event_id: newId('event'), ...fields })
  }

  #receive(data: RawData, isBinary: boolean): void {
    const text = isBinary || !Buffer.isBuffer(data) ? undefined : data.toString()
    const message = parse(text)
    if (message === undefined) {
      const error = { code: 'invalid_json', message: 'The message is not a JSON object.', param: null }
      this.#refuse(text ?? '(binary)', error, undefined)
      return
    }
    const { type } = message
    this.#journal.record('received', { ...message, type: typeof type === 'string' ? type : '(none)' })
    const checked = checkClientMessage(message)
    const error = checked.success
      ? this.#session.handle(checked.data)
      : describeIssues(message, checked.error.issues)
    if (error) this.#refuse(message, error, message.event_id)
  }

  #refuse(received: unknown, error: ClientError, eventId: unknown): void {
    this.violations.push({ ...error, received })
    if (!this.#record) this.violations.splice(0, this.violations.length - 1)
    const event_id = typeof eventId === 'string' ? eventId : null
    this.#emit({ type: 'error', error: { type: 'invalid_request_error', ...error, event_id } })
  }

  #expire(sessionMs: number): void {
    const minutes = Math.max(1, Math.round(sessionMs / 60_000))
    const message = `Your session hit the maximum duration of ${minutes} minutes.`
    const error = { type: 'invalid_request_error', code: 'session_expired', message, param: null }
    this.#emit({ type: 'error', error: { ...error, event_id: null } })
    this.close(1001, message)
  }
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
