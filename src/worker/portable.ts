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
import type { Recipe } from '../providers/recipe.ts'

/** What stands for something that cannot be sent: `[kind, …]` under this key. */
const MARK = '\u2063'

type Kind = 'function' | 'signal' | 'error' | 'recipe' | 'record'

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
  make(name: string, options: object): unknown
}

/**
 * Makes of a value one that a port can carry: functions, signals, errors of ours and {@link Recipe}s
 * become marks, at any depth. Of an error's cause only the message is kept.
 */
export function encode(value: unknown, sender: Sender): unknown {
  if (typeof value === 'function') return mark('function', sender.share(value as () => unknown))
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => encode(one, sender))
  if (value instanceof AbortSignal) return mark('signal', sender.watch(value))
  if (value instanceof ToBeMade) {
    const { name, options } = value
    return mark('recipe', name, encode(options, sender))
  }
  if (isVivaVoceError(value)) {
    const { message, cause } = value
    const told = cause === undefined ? undefined : new Error(messageOf(cause))
    return mark('error', message, Object.assign({}, value, { cause: told }))
  }
  if (value instanceof MessagePort) sender.transfer.push(value)
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
  switch (kind) {
    case 'function':
      return receiver.reach(first as number)
    case 'signal':
      return receiver.signal(first as number)
    case 'error':
      return makeError(first as string, second as Details)
    case 'recipe':
      return receiver.make(first as string, all(second as object))
    case 'record':
      return all(first as object)
  }
}

/** Something that is made anew at the other side. */
class ToBeMade {
  readonly name: string
  readonly options: object

  constructor(name: string, options: object) {
    this.name = name
    this.options = options
  }
}

/**
 * What is sent in place of something that has a recipe; so are its options that have one.
 * @throws OptionError `option-unsupported` if there is a function that cannot be asked from elsewhere.
 */
export function recipeOf({ name, options }: Recipe): unknown {
  const parts = mapValues(options, (part, option) => {
    const { recipe } = Object(part) as { readonly recipe?: Partial<Recipe> }
    if (recipe?.name && recipe.options) return recipeOf(recipe as Recipe)
    const inside = typeof part === 'object' ? Object.values(Object(part) as object) : []
    if (inside.some((inner) => typeof inner === 'function')) {
      throw new OptionError(`${name} cannot have a function in ${option} in a Worker: leave out thread.`, {
        code: 'option-unsupported',
        option,
      })
    }
    return part
  })
  return new ToBeMade(name, parts)
}

function mark(kind: Kind, ...content: unknown[]): object {
  return { [MARK]: [kind, ...content] }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function mapValues(record: object, change: (value: unknown, key: string) => unknown): object {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))
}

const errors: Readonly<Record<string, new (message: string, details: Details) => VivaVoceError>> = {
  MicrophoneError,
  AudioError,
  AuthError,
  ConnectionError,
  ModelError,
  ToolError,
  OptionError,
  StateError,
}

function makeError(message: string, details: Details): VivaVoceError {
  return new (errors[details.name] ?? VivaVoceError)(message, details)
}
