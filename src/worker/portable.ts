import {
  AudioError,
  AuthError,
  ConnectionError,
  type ErrorDetails,
  isVivaVoceError,
  messageOf,
  MicrophoneError,
  ModelError,
  OptionError,
  StateError,
  ToolError,
  VivaVoceError,
} from '../core/errors.ts'

/** What stands for something that cannot be sent: `[kind, …]` under this key. */
const MARK = '\u2063'

type Kind = keyof Receiver | 'error' | 'record'

interface Details extends ErrorDetails {
  readonly name: string
  readonly option: string
  readonly toolName: string
  readonly providerCode?: string | undefined
}

/** How the sending side is asked for what it keeps. */
export interface Sender {
  /** Keeps a function, and gives the number to call it by. */
  share(call: (...args: never[]) => unknown): number
  /** Watches a signal, and gives its number. */
  watch(signal: AbortSignal): number
  readonly transfer: Transferable[]
}

/** What the receiving side makes of what was sent. */
export interface Receiver {
  /** A function that calls the one of this number, and resolves with what it gave. */
  reach(id: number): (...args: unknown[]) => Promise<unknown>
  /** The signal of this number. */
  signal(id: number): AbortSignal
}

/**
 * Makes of a value one that a port can carry: functions, signals and errors of ours become marks,
 * at any depth. Of an error's cause only the message is kept.
 */
export function encode(value: unknown, sender: Sender): unknown {
  if (typeof value === 'function') return mark('reach', sender.share(value as () => unknown))
  if (Array.isArray(value)) return value.map((one) => encode(one, sender))
  if (value instanceof AbortSignal) return mark('signal', sender.watch(value))
  if (isVivaVoceError(value)) {
    const { message, cause } = value
    const details: object = value
    return mark('error', message, { ...details, cause: cause && new Error(messageOf(cause)) })
  }
  if (isTransferable(value)) sender.transfer.push(value)
  if (!isRecord(value)) return value
  const record = mapValues(value, (one) => encode(one, sender))
  return MARK in value ? mark('record', record) : record
}

/** Undoes {@link encode}. */
export function decode(value: unknown, receiver: Receiver): unknown {
  if (Array.isArray(value)) return value.map((one) => decode(one, receiver))
  if (!isRecord(value)) return value
  const all = (record: object): object => mapValues(record, (one) => decode(one, receiver))
  const marked = value[MARK] as [Kind, ...unknown[]] | undefined
  if (!marked) return all(value)
  const [kind, first, second] = marked
  if (kind === 'record') return all(first as object)
  if (kind === 'error') return makeError(first as string, second as Details)
  return receiver[kind](first as number)
}

function mark(kind: Kind, ...content: unknown[]): object {
  return { [MARK]: [kind, ...content] }
}

/** What would not arrive as a copy. Not everywhere is there WebRTC. */
function isTransferable(value: unknown): value is Transferable {
  return value instanceof MessagePort || ('RTCDataChannel' in globalThis && value instanceof RTCDataChannel)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return Object(value) === value && Object.getPrototypeOf(value) === Object.prototype
}

/** Makes of each value of a record another one. */
export function mapValues(record: object, change: (value: unknown, key: string) => unknown): object {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))
}

const types: readonly (new (message: string, details: Details) => VivaVoceError)[] = [
  MicrophoneError,
  AudioError,
  AuthError,
  ConnectionError,
  ModelError,
  ToolError,
  OptionError,
  StateError,
  VivaVoceError,
]

function makeError(message: string, details: Details): VivaVoceError | undefined {
  // The names of classes do not survive a minifier, those of errors do.
  return types.map((Type) => new Type(message, details)).find(({ name }) => name === details.name)
}
