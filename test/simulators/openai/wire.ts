import { randomBytes } from 'node:crypto'

/** A JSON object with a `type`, as both sides send them. */
export interface WireMessage {
  readonly type: string
  readonly [field: string]: unknown
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => LETTERS[byte % LETTERS.length]).join('')
}

/** An id as the service makes them. */
export function newId(prefix: 'event' | 'sess' | 'conv' | 'item' | 'resp' | 'mcp' | 'mcpl' | 'mcpr'): string {
  return `${prefix}_${randomText(21)}`
}

/** An id for a function call. */
export function newCallId(): string {
  return `call_${randomText(16)}`
}

/** A token that opens one session or several, until it expires. */
export function newToken(): string {
  return `ek_${randomText(32)}`
}

/** The undocumented filler beside every text delta, which makes their lengths alike. */
export function obfuscation(delta: string): string {
  return randomText(16 - (delta.length % 16))
}

/** Seconds since 1970, as the service counts. */
export function unixSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}
