import type { RawData, WebSocket } from 'ws'
import { FaultGate, type FaultPlan } from '../fault-plan.ts'
import { isRecord } from '../is-record.ts'
import { Journal, type JournalEntry, type WaitOptions, type Wanted } from '../journal.ts'
import type { Utterance } from './input-audio.ts'
import type { SimulatorSettings } from './options.ts'
import type { Prompt } from './prompt.ts'
import type { ConversationItem } from './reply.ts'
import { NovaSession } from './session.ts'
import { FrameRefused, type FrameVerifier } from './verifier.ts'
import { encodeServerMessage, innerJson, readEvent, type Transport, type WireMessage } from './wire.ts'

/** Something that the service would not accept. */
export interface Violation {
  /** Name of the exception. */
  readonly code: string
  readonly message: string
  /** The event, or what there was instead of one. */
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
  /** Checks what comes; `undefined` on a bridge. */
  readonly frames: FrameVerifier | undefined
  readonly settings: SimulatorSettings
  readonly plan: FaultPlan
}

/** One client's connection, with all that passed over it. */
export class NovaSonicConnection {
  /** Everything that the service would have refused. */
  readonly violations: Violation[] = []
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<Closure>
  readonly transport: Transport
  readonly #socket: WebSocket
  readonly #frames: FrameVerifier | undefined
  readonly #settings: SimulatorSettings
  readonly #journal: Journal<WireMessage>
  readonly #gate: FaultGate<WireMessage>
  readonly #session: NovaSession
  readonly #gone = new AbortController()
  #idle: ReturnType<typeof setTimeout> | undefined
  #endOfStream = false

  constructor({ socket, frames, settings, plan }: ConnectionInit) {
    this.#socket = socket
    this.#frames = frames
    this.#settings = settings
    this.transport = frames ? 'aws' : 'bridge'
    this.#journal = new Journal({ keepsAll: settings.record })
    this.#gate = new FaultGate<WireMessage>(plan, {
      write: (frame) => this.#write(frame),
      sent: (message) => this.#journal.record('sent', message),
      close: (code, reason) => socket.close(code, reason),
      drop: () => socket.terminate(),
      freeze: () => socket.pause(),
    })
    this.#session = new NovaSession({
      settings,
      signal: this.#gone.signal,
      emit: (message) => this.send(message),
      failed: () => this.throwException('internalServerException', 'The simulator failed.'),
    })
    const end = setTimeout(() => {
      this.throwException('modelTimeoutException', 'The stream has lasted as long as it may.')
    }, settings.streamMs)
    this.#awaitInput()
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        clearTimeout(end)
        clearTimeout(this.#idle)
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

  /** Every event of the client, in order. */
  get received(): readonly JournalEntry<WireMessage>[] {
    return this.#journal.of('received')
  }

  /** Every event and exception of the server, in order. */
  get sent(): readonly JournalEntry<WireMessage>[] {
    return this.#journal.of('sent')
  }

  /** All audio that was received: PCM16 at the rate that the client named. */
  get audio(): Int16Array {
    return this.#session.input?.recording.slice() ?? new Int16Array(0)
  }

  /** Every turn of the user's voice. */
  get utterances(): readonly Utterance[] {
    return this.#session.utterances
  }

  /** What the model would know: the history that was given, and what was said since. */
  get conversation(): readonly ConversationItem[] {
    return this.#session.conversation
  }

  get instructions(): string {
    return this.#session.instructions
  }

  /** What `promptStart` asked for. */
  get prompt(): Prompt | undefined {
    return this.#session.prompt
  }

  /** Whether the client has ended its prompt, its session and, to AWS, its stream. */
  get endedInOrder(): boolean {
    return this.#session.ended && (this.#endOfStream || !this.#frames)
  }

  /** Waits for an event of the server, or of the client; one that has passed already counts. */
  waitFor(wanted: Wanted<WireMessage>, options?: WaitOptions): Promise<JournalEntry<WireMessage>> {
    return this.#journal.waitFor(wanted, options)
  }

  /** Lets the session begin. */
  open(): void {
    this.#gate.open()
  }

  /** Sends an event out of turn, such as one that a test has made up. It is not checked. */
  send(message: WireMessage): void {
    if (!this.#gone.signal.aborted) this.#gate.send(message)
  }

  /** Fails as the service does: an exception, and the end. */
  throwException(name: string, message: string): void {
    this.send({ type: 'exception', payload: { name, message } })
    this.close()
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

  /** Text that is an event is wrapped; everything else goes out as it is. */
  #write(frame: string | Uint8Array): void {
    const message = typeof frame === 'string' ? parseMessage(frame) : undefined
    const data = message ? encodeServerMessage(message, this.transport) : frame
    const asText = this.#settings.textFrames && message && typeof data !== 'string'
    this.#socket.send(asText ? Buffer.from(data).toString('base64') : data)
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#gone.signal.aborted) return
    this.#awaitInput()
    const bytes = Buffer.isBuffer(data) ? data : Buffer.alloc(0)
    let message: WireMessage | undefined
    try {
      const json = this.#unwrap(bytes, isBinary)
      if (json === undefined) return
      message = readEvent(json)
      if (!message) throw new Error('Invalid input request: an event is an object with one member.')
      this.#journal.record('received', message)
      this.#session.handle(message)
    } catch (error) {
      const code = error instanceof FrameRefused ? 'InvalidSignatureException' : 'validationException'
      const text = error instanceof Error ? error.message : String(error)
      this.violations.push({ code, message: text, received: message ?? '(a frame)' })
      this.throwException(code, text)
      return
    }
    if (this.#session.ended && !this.#frames) this.close()
  }

  /** The JSON of an event; `undefined` if that was the end of the stream. */
  #unwrap(bytes: Buffer, isBinary: boolean): string | undefined {
    if (!this.#frames) {
      if (isBinary) throw new Error('A bridge takes text.')
      return bytes.toString()
    }
    if (!isBinary) throw new FrameRefused('A frame is binary.')
    const body = this.#frames.verify(bytes)
    if (body.length > 0) return innerJson(body)
    this.#endOfStream = true
    this.close()
    return undefined
  }

  #awaitInput(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      this.throwException('validationException', 'Timed out waiting for audio bytes')
    }, this.#settings.idleMs)
  }
}

function parseMessage(text: string): WireMessage | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return isRecord(parsed) && typeof parsed.type === 'string' && isRecord(parsed.payload)
      ? { type: parsed.type, payload: parsed.payload }
      : undefined
  } catch {
    return undefined
  }
}
