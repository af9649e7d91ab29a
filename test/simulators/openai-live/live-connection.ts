import { describeIssues } from '../openai/client-error.ts'
import { isRecord } from '../is-record.ts'
import { Journal, type JournalEntry, type WaitOptions, type Wanted } from '../journal.ts'
import { newId, type WireMessage } from '../openai/wire.ts'
import type { Peer } from '../openai/webrtc/peer.ts'
import { LiveSession, type LiveSessionHost, type Refusal } from './live-session.ts'
import type { CloseReason } from './options.ts'
import { clientSchemas, type LiveClientMessage, type LiveSessionConfig } from './session-schema.ts'

/** What the page did that the protocol does not allow. */
export interface LiveViolation extends Refusal {
  readonly type: string
}

type DataChannel = NonNullable<LiveSessionConfig['client']>['data_channel']

/** A page that is connected: its session, and everything that passed over its data channel. */
export class LiveConnection {
  readonly id: string
  readonly config: LiveSessionConfig
  readonly violations: LiveViolation[] = []
  /** Resolves when the page is gone. */
  readonly closed: Promise<void>
  readonly #peer: Peer
  readonly #session: LiveSession
  readonly #journal = new Journal<WireMessage>({ keepsAll: true })

  constructor(peer: Peer, host: Omit<LiveSessionHost, 'emit' | 'onClosed'>) {
    this.#peer = peer
    this.id = host.id
    this.config = host.config
    this.#session = new LiveSession({
      ...host,
      emit: (event) => this.#emit(event),
      onClosed: () => peer.close(1000, ''),
    })
    peer.on('message', (data) => this.#take((data as Buffer).toString()))
    this.closed = new Promise((resolve) => {
      peer.on('close', () => {
        this.#journal.close('the page is gone.')
        resolve()
      })
    })
  }

  get session(): LiveSession {
    return this.#session
  }

  get received(): readonly WireMessage[] {
    return this.#journal.of('received').map(({ message }) => message)
  }

  get sent(): readonly WireMessage[] {
    return this.#journal.of('sent').map(({ message }) => message)
  }

  /** Waits for a message; one that was sent, unless `direction` says otherwise. */
  waitFor(wanted: Wanted<WireMessage>, options?: WaitOptions): Promise<JournalEntry<WireMessage>> {
    return this.#journal.waitFor(wanted, options)
  }

  /** Ends the session as the service does. */
  end(reason: CloseReason): void {
    this.#session.close(reason)
  }

  /** Sends a message, whatever it says. */
  send(message: WireMessage): void {
    this.#emit(message)
  }

  /** Breaks the connection without a word. */
  drop(): void {
    this.#peer.terminate()
  }

  #emit(message: WireMessage): void {
    if (!mayPass(this.config.client?.data_channel, message)) return
    const event = { event_id: newId('event'), ...message }
    this.#journal.record('sent', event)
    this.#peer.send(JSON.stringify(event))
  }

  #take(text: string): void {
    const message = parse(text)
    this.#journal.record('received', message)
    const refusal = this.#check(message) ?? this.#session.take(message as LiveClientMessage)
    if (!refusal) return
    this.violations.push({ type: message.type, ...refusal })
    const error = { type: 'invalid_request_error', ...refusal, ...clientEventId(message) }
    this.#emit({ type: 'error', error, ...clientEventId(message) })
  }

  #check(message: WireMessage): Refusal | undefined {
    const { type } = message
    const known = Object.keys(clientSchemas)
    if (!Object.hasOwn(clientSchemas, type)) {
      const supported = known.map((name) => `'${name}'`).join(', ')
      return {
        code: 'invalid_value',
        message: `Invalid value: '${type}'. Supported values are: ${supported}.`,
      }
    }
    const allowed = this.config.client?.data_channel.allowed_client_events ?? 'all'
    if (allowed !== 'all' && !allowed.includes(type)) {
      return { code: 'event_not_allowed', message: `'${type}' is not allowed on this data channel.` }
    }
    const checked = clientSchemas[type as LiveClientMessage['type']].safeParse(message)
    return checked.success ? undefined : describeIssues(message, checked.error.issues)
  }
}

function mayPass(channel: DataChannel | undefined, { type, event }: WireMessage): boolean {
  const allowed = channel?.allowed_server_events ?? 'all'
  if (allowed === 'all') return true
  const inner = isRecord(event) ? event.type : undefined
  return allowed.some(
    (one) => one.type === type && (type !== 'response.event' || one.response_event === inner),
  )
}

function parse(text: string): WireMessage {
  try {
    const message: unknown = JSON.parse(text)
    if (isRecord(message) && typeof message.type === 'string') return message as unknown as WireMessage
  } catch {
    // It is told of as a message of no type.
  }
  return { type: '' }
}

function clientEventId({ event_id: id }: WireMessage): { readonly client_event_id?: string } {
  return typeof id === 'string' ? { client_event_id: id } : {}
}
