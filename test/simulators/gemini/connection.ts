import type { RawData, WebSocket } from 'ws'
import { FaultGate, type FaultPlan } from '../fault-plan.ts'
import { isRecord } from '../is-record.ts'
import { Journal, type JournalEntry, type WaitOptions, type Wanted } from '../journal.ts'
import type { Content } from './conversation.ts'
import type { HandleStore } from './handles.ts'
import type { Utterance } from './input-audio.ts'
import { checkClientMessage, checkServerMessage } from './message-table.ts'
import type { SessionOptions } from './options.ts'
import type { ProtoValidator } from './proto-validator.ts'
import { SimulatedSession, type Complaint } from './session.ts'
import { handleOf, lockSetup, setupRefusal, type Refusal, type Setup } from './setup.ts'
import { spendToken, type HeldToken } from './token-store.ts'
import {
  byName,
  clientEvent,
  closeReason,
  parseObject,
  randomText,
  seconds,
  serverEvent,
  type GeminiEvent,
  type Json,
} from './wire.ts'

/** A message that breaks the rules. */
export interface Violation extends Complaint {
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
  readonly token: HeldToken | undefined
  readonly handles: HandleStore
  readonly options: SessionOptions
  readonly plan: FaultPlan
  readonly protos: ProtoValidator | undefined
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** One client's connection, with all that passed over it. */
export class GeminiConnection {
  /** Every message that breaks the rules. One with a `code` has closed the connection. */
  readonly violations: Violation[] = []
  /** What of the server's own messages does not fit the published types. Stays empty. */
  readonly sentProblems: string[] = []
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<Closure>
  readonly sessionId: string = randomText(32)
  readonly #init: ConnectionInit
  readonly #journal: Journal<GeminiEvent>
  readonly #gate: FaultGate<GeminiEvent>
  readonly #timers: ReturnType<typeof setTimeout>[] = []
  readonly #early: Json[] = []
  #session: SimulatedSession | undefined
  #held: GeminiEvent[] | undefined
  #opened = false
  #over = false
  #resumed = false
  #consumed = 0

  constructor(init: ConnectionInit) {
    const { socket, options, plan } = init
    this.#init = init
    this.#journal = new Journal({ keepsAll: options.record })
    this.#gate = new FaultGate<GeminiEvent>(plan, {
      // The service sends JSON in binary frames.
      write: (frame) => socket.send(Buffer.from(frame)),
      sent: (event) => this.#journal.record('sent', event),
      close: (code, reason) => this.close(code, reason),
      drop: () => this.drop(),
      freeze: () => {
        this.#end()
        socket.pause()
      },
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#end()
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
  get received(): readonly JournalEntry<GeminiEvent>[] {
    return this.#journal.of('received')
  }

  /** Every message of the server, in order. */
  get sent(): readonly JournalEntry<GeminiEvent>[] {
    return this.#journal.of('sent')
  }

  /** All audio that was received: PCM16 at 16 kHz. */
  get audio(): Int16Array {
    return this.#session?.input.recording.slice() ?? new Int16Array(0)
  }

  /** Every turn of the user's voice. */
  get utterances(): readonly Utterance[] {
    return this.#session?.utterances ?? []
  }

  /** Every image that was received, base64. */
  get images(): readonly string[] {
    return this.#session?.images ?? []
  }

  /** What the model would know. */
  get conversation(): readonly Content[] {
    return this.#session?.contents ?? []
  }

  /** The setup that is in force: what a token locks is the token's. */
  get setup(): Setup | undefined {
    return this.#session?.setup
  }

  /** Whether an earlier session goes on in this one. */
  get resumed(): boolean {
    return this.#resumed
  }

  /** Whether the service thinks that the client is there. */
  get alive(): boolean {
    return !this.#over && this.#init.socket.readyState === this.#init.socket.OPEN
  }

  /** Waits for a message of the server, or of the client; one that has passed already counts. */
  waitFor(wanted: Wanted<GeminiEvent>, options?: WaitOptions): Promise<JournalEntry<GeminiEvent>> {
    return this.#journal.waitFor(byName(wanted), options)
  }

  /** The client may set the session up. */
  open(): void {
    const { token, options } = this.#init
    this.#gate.open()
    if (token) this.#later(token.expiresAt - Date.now(), () => this.close(1008, 'Auth token has expired.'))
    this.#later(options.connectionMs - options.goAwayBeforeMs, () => this.goAway(options.goAwayBeforeMs))
  }

  /** Says that the connection will be closed, and closes it then. */
  goAway(timeLeftMs: number): void {
    this.#emit({ goAway: { timeLeft: seconds(timeLeftMs) } })
    this.#later(timeLeftMs, () => this.close(1008, 'The operation was aborted.'))
  }

  /** Sends a message out of turn, such as one that a test has made up. It is not checked. */
  send(message: Json): void {
    if (!this.#over) this.#gate.send(serverEvent(message))
  }

  /** Stalls: the server reads on, but what it has to say waits for `release`. */
  hold(): void {
    this.#held ??= []
  }

  /** Says what has waited. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const event of held) this.#gate.send(event)
  }

  /** Closes the connection as the service would. */
  close(code = 1000, reason = ''): void {
    this.#end()
    this.#init.socket.close(code, closeReason(reason))
  }

  /** Breaks the connection, with no close frame. */
  drop(): void {
    this.#end()
    this.#init.socket.terminate()
  }

  #end(): void {
    this.#over = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#session?.stop()
  }

  #later(ms: number, action: () => void): void {
    if (!this.#over && ms <= LONGEST_TIMER_MS) this.#timers.push(setTimeout(action, ms))
  }

  #emit(message: Json): void {
    if (this.#over) return
    const problems = [...checkServerMessage(message).problems, ...(this.#init.protos?.server(message) ?? [])]
    if (this.#init.options.record) this.sentProblems.push(...problems)
    const event = serverEvent(message)
    if (this.#held) this.#held.push(event)
    else this.#gate.send(event)
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#over) return
    const text = Buffer.isBuffer(data) ? data.toString() : ''
    const value = parseObject(text)
    if (isBinary || !value) {
      this.#refuse(isBinary ? '(binary)' : text, {
        code: 1007,
        reason: 'Request contains an invalid argument.',
      })
      return
    }
    this.#consumed++
    const { message, problems } = checkClientMessage(value)
    this.#journal.record('received', clientEvent(message))
    const keys = Object.keys(message)
    const [problem] = [
      ...problems,
      ...(keys.length === 1 ? [] : [`Exactly one message type must be set, but got: ${keys.join(', ')}.`]),
      ...(this.#init.protos?.client(message) ?? []),
    ]
    const complaint = problem === undefined ? this.#handle(message) : { code: 1007, reason: problem }
    if (complaint) this.#refuse(value, complaint)
  }

  #handle(message: Json): Complaint | undefined {
    if (!this.#session) {
      if (isRecord(message.setup)) return this.#setUp(message.setup)
      return { code: 1007, reason: 'setup must be the first message.' }
    }
    if (this.#opened) return this.#session.handle(message)
    this.#early.push(message)
    return { reason: 'The client did not wait for setupComplete.' }
  }

  #setUp(client: Json): Complaint | undefined {
    const { token, handles, options } = this.#init
    const locked = lockSetup(client, token?.setup, token?.fieldMask)
    const handle = handleOf(client)
    // A session can go on even if its token locks everything.
    const resumption = handle === undefined ? {} : { sessionResumption: client.sessionResumption }
    const setup = { model: '', ...locked, ...resumption } as Setup
    if (setup.model === '') return { code: 1007, reason: 'setup.model is required.' }
    const refusal = setupRefusal(setup)
    if (refusal) return refusal
    const contents = this.#admit(handle, token)
    if ('reason' in contents) return contents
    this.#session = new SimulatedSession(
      {
        options,
        handles,
        emit: (event) => this.#emit(event),
        fail: (reason) => this.close(1011, reason),
        alive: () => this.alive,
        consumed: () => this.#consumed,
      },
      setup,
      contents,
    )
    this.#later(options.setupMs, () => this.#completeSetup())
    return undefined
  }

  #admit(handle: string | undefined, token: HeldToken | undefined): readonly Content[] | Refusal {
    if (handle === undefined) return (token && spendToken(token)) ?? []
    const resumable = this.#init.handles.redeem(handle)
    if ('reason' in resumable) return resumable
    this.#resumed = true
    return resumable.contents
  }

  #completeSetup(): void {
    this.#emit({ setupComplete: { sessionId: this.sessionId } })
    this.#opened = true
    this.#session?.open()
    for (const message of this.#early.splice(0)) {
      const complaint = this.#session?.handle(message)
      if (complaint) this.#refuse(message, complaint)
    }
  }

  #refuse(received: unknown, complaint: Complaint): void {
    this.violations.push({ ...complaint, received })
    if (!this.#init.options.record) this.violations.splice(0, this.violations.length - 1)
    if (complaint.code !== undefined) this.close(complaint.code, complaint.reason)
  }
}
