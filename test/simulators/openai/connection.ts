import type { RawData } from 'ws'
import { FaultGate, type FaultPlan } from '../fault-plan.ts'
import { isRecord } from '../is-record.ts'
import { Journal, type JournalEntry, type WaitOptions, type Wanted } from '../journal.ts'
import { describeIssues, type ClientError } from './client-error.ts'
import { checkClientMessage } from './client-messages.ts'
import { remembered, type ConversationItem, type RememberedItem } from './conversation.ts'
import type { Utterance } from './input-audio.ts'
import type { Dialect, DialectOf, JsonObject } from './dialect.ts'
import type { SessionOptions } from './options.ts'
import type { SessionConfig } from './session-config.ts'
import { SimulatedSession } from './session.ts'
import type { CallMedia } from './webrtc/call-media.ts'
import type { PlayedItem } from './webrtc/playout.ts'
import { newId, unixSeconds, type WireMessage } from './wire.ts'

/** Something that a test does at the moment when an event has been sent, before anything else is. */
export interface ScriptStep {
  /** Type of a server event; `nth` counts from 1, and is 1 by default. */
  readonly at: { readonly type: string; readonly nth?: number }
  readonly run: (connection: OpenAIConnection) => void
}

/** What goes wrong on one connection, and what else happens. */
export interface ConnectionPlan extends FaultPlan {
  readonly script?: readonly ScriptStep[]
}

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

/** What carries the messages of a connection: a WebSocket, or a peer with a data channel. */
export interface ConnectionSocket {
  send(frame: string | Uint8Array): void
  close(code: number, reason: string): void
  terminate(): void
  pause(): void
  resume?(): void
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown
  on(event: 'error', listener: () => void): unknown
}

/** What a connection is opened with. */
export interface ConnectionInit {
  readonly socket: ConnectionSocket
  /** The sound of a call; messages carry it otherwise. */
  readonly media?: CallMedia | undefined
  /** OpenAI's own if none is given. */
  readonly dialect?: DialectOf | undefined
  readonly config: SessionConfig
  readonly options: SessionOptions
  readonly plan: ConnectionPlan
}

/** One client's connection, with all that passed over it. */
export class OpenAIConnection {
  /** Every message that the service would have refused. */
  readonly violations: Violation[] = []
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<Closure>
  readonly #socket: ConnectionSocket
  readonly #media: CallMedia | undefined
  readonly #journal: Journal<WireMessage>
  readonly #gate: FaultGate<WireMessage>
  readonly #session: SimulatedSession
  readonly #gone = new AbortController()
  readonly #dialect: Dialect | undefined
  readonly #record: boolean
  readonly #script: Set<ScriptStep>
  readonly #counts = new Map<string, number>()

  constructor({ socket, media, dialect, config, options, plan }: ConnectionInit) {
    this.#socket = socket
    this.#media = media
    this.#record = options.record
    this.#script = new Set(plan.script)
    this.#journal = new Journal({ keepsAll: options.record })
    this.#gate = new FaultGate<WireMessage>(plan, {
      write: (frame) => socket.send(frame),
      sent: (event) => {
        this.#journal.record('sent', event)
        this.#runScript(event.type)
      },
      close: (code, reason) => socket.close(code, reason),
      drop: () => socket.terminate(),
      freeze: () => socket.pause(),
      thaw: () => socket.resume?.(),
    })
    const expiresAtMs = Date.now() + options.sessionSeconds * 1000
    this.#session = new SimulatedSession(
      {
        options,
        signal: this.#gone.signal,
        emit: (event) => (media ? media.emit(event) : this.#emit(event)),
      },
      { ...config, id: newId('sess'), expires_at: unixSeconds(expiresAtMs) },
    )
    this.#dialect = dialect?.(this.#session.conversation, (event) => this.#emit(event))
    media?.attach(this.#session, (event) => this.#emit(event))
    const expiry = setTimeout(() => this.#expire(options.sessionSeconds), options.sessionSeconds * 1000)
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

  get transport(): 'websocket' | 'webrtc' {
    return this.#media ? 'webrtc' : 'websocket'
  }

  /** What was sent as media, by id of the item; empty over a WebSocket. */
  get played(): ReadonlyMap<string, PlayedItem> {
    return this.#media?.played ?? new Map()
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

  /** The same in short, to compare: who said what, and where it was cut. */
  get conversation(): readonly RememberedItem[] {
    return this.history.map(remembered)
  }

  /** Does as if a voice had begun, whatever is heard: `speech_started`, and what it interrupts. */
  startSpeech(): void {
    this.#session.input.startSpeech()
  }

  /** Does as if the voice had ended: the turn is committed, and answered if the session says so. */
  stopSpeech(): void {
    this.#session.input.stopSpeech()
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
    if (this.#media?.allows(type) === false) return
    if (this.#gone.signal.aborted) return
    const event = { type, event_id: newId('event'), ...fields }
    for (const encoded of this.#dialect?.encode(event) ?? [event]) this.#gate.send(encoded)
  }

  #runScript(type: string): void {
    const count = (this.#counts.get(type) ?? 0) + 1
    this.#counts.set(type, count)
    for (const step of this.#script) {
      if (step.at.type !== type || (step.at.nth ?? 1) !== count) continue
      this.#script.delete(step)
      step.run(this)
    }
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
    const decoded = this.#dialect ? this.#dialect.decode(message) : { message }
    if (!decoded) return
    const error = 'error' in decoded ? decoded.error : this.#handle(decoded.message)
    if (error) this.#refuse(message, error, message.event_id)
  }

  #handle(message: JsonObject): ClientError | undefined {
    const checked = checkClientMessage(message)
    return checked.success
      ? (this.#media ?? this.#session).handle(checked.data)
      : describeIssues(message, checked.error.issues)
  }

  #refuse(received: unknown, error: ClientError, eventId: unknown): void {
    this.violations.push({ ...error, received })
    if (!this.#record) this.violations.splice(0, this.violations.length - 1)
    const event_id = typeof eventId === 'string' ? eventId : null
    this.#emit({ type: 'error', error: { type: 'invalid_request_error', ...error, event_id } })
  }

  #expire(sessionSeconds: number): void {
    const minutes = Math.max(1, Math.round(sessionSeconds / 60))
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
