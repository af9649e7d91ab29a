import { randomBytes } from 'node:crypto'
import { isRecord } from '../is-record.ts'
import type { Wanted } from '../journal.ts'

/** A JSON object as it passes over the wire. */
export type Json = Readonly<Record<string, unknown>>

/** A message with names for what it carries, since Gemini's messages have no `type`. */
export interface GeminiEvent {
  /** What the message is mainly for, such as `'audio'` or `'turnComplete'`. */
  readonly type: string
  /** Everything that it carries. */
  readonly names: readonly string[]
  /** The message itself. */
  readonly body: Json
  /** What goes over the wire. */
  readonly toJSON: () => Json
  readonly [field: string]: unknown
}

const COMPANIONS = new Set(['outputTranscription', 'groundingMetadata', 'usageMetadata', 'interactionStatus'])

/**
 * Names a server message. `serverContent` goes by what is in it: `'inputTranscription'`, `'thought'`,
 * `'text'`, `'audio'`, `'interrupted'` and so on; an empty one is `'serverContent'`.
 */
export function serverEvent(body: Json): GeminiEvent {
  const names = Object.entries(body).flatMap(([key, value]) => {
    if (key !== 'serverContent') return [key]
    const inner = isRecord(value) ? Object.entries(value).flatMap(contentNames) : []
    return inner.length > 0 ? inner : [key]
  })
  const type = names.find((name) => !COMPANIONS.has(name)) ?? names[0] ?? '(none)'
  return { type, names, body, toJSON: () => body }
}

/** Names a client message: its key, and for realtime input such as `'realtimeInput.audio'` before it. */
export function clientEvent(body: Json): GeminiEvent {
  const names = Object.entries(body).flatMap(([key, value]) => [
    ...(key === 'realtimeInput' && isRecord(value) ? Object.keys(value).map((name) => `${key}.${name}`) : []),
    key,
  ])
  return { type: names[0] ?? '(none)', names, body, toJSON: () => body }
}

function contentNames([key, value]: readonly [string, unknown]): readonly string[] {
  if (key !== 'modelTurn' || !isRecord(value) || !Array.isArray(value.parts)) return [key]
  return (value.parts as readonly Json[]).map((part) => {
    if (part.inlineData !== undefined) return 'audio'
    if (part.thought === true) return 'thought'
    return Object.keys(part)[0] ?? key
  })
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Random letters and digits. */
export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => LETTERS[byte % LETTERS.length]).join('')
}

/** An id for a function call. */
export function newCallId(): string {
  return `function-call-${randomBytes(8).readBigUInt64BE()}`
}

/** A duration as JSON carries it. */
export function seconds(ms: number): string {
  return `${ms / 1000}s`
}

/** The most that fits a close frame. */
export function closeReason(text: string): string {
  return Buffer.from(text).subarray(0, 123).toString()
}

/** Takes a name for every message that carries it. */
export function byName(wanted: Wanted<GeminiEvent>): (event: GeminiEvent) => boolean {
  return typeof wanted === 'string' ? ({ names }) => names.includes(wanted) : wanted
}

/** The JSON object that a text is; `undefined` if it is none. */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
