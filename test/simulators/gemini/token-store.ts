import { randomText, type Json } from './wire.ts'
import type { Refusal } from './setup.ts'

/** What a token allows. */
export interface TokenGrant {
  /** Sessions that it opens; 0 for any number. Default 1. */
  readonly uses?: number
  /** How long it opens new sessions, ms. Default one minute. */
  readonly newSessionExpireMs?: number
  /** How long its sessions may go on, ms. Default 30 minutes. */
  readonly expireMs?: number
  /** A `setup` that stands instead of the client's. */
  readonly setup?: Json
  /** Fields of `setup` that stand instead of the client's, comma-separated; all of it by default. */
  readonly fieldMask?: string
}

/** A token, in the shape that `auth` may return. */
export interface MintedToken {
  /** `auth_tokens/…` */
  readonly token: string
  /** When it opens no more sessions: ms since 1970. */
  readonly expiresAt: number
}

/** A token that is known. */
export interface HeldToken {
  readonly setup: Json | undefined
  readonly fieldMask: string | undefined
  readonly newSessionExpiresAt: number
  readonly expiresAt: number
  /** Infinity if they do not run out. */
  usesLeft: number
}

const PREFIX = 'auth_tokens/'

/** Whether a credential is a short-lived token. */
export function isToken(credential: string): boolean {
  return credential.startsWith(PREFIX)
}

/** The tokens that open sessions. `auth_tokens/test…` always do. */
export class TokenStore {
  readonly #tokens = new Map<string, HeldToken>()

  mint({ uses = 1, newSessionExpireMs = 60_000, expireMs = 1_800_000, ...lock }: TokenGrant): MintedToken {
    const now = Date.now()
    for (const [token, { expiresAt }] of this.#tokens) {
      if (expiresAt < now) this.#tokens.delete(token)
    }
    const token = `${PREFIX}${randomText(48)}`
    const newSessionExpiresAt = now + newSessionExpireMs
    this.#tokens.set(token, {
      setup: lock.setup,
      fieldMask: lock.fieldMask,
      newSessionExpiresAt,
      expiresAt: now + expireMs,
      usesLeft: uses === 0 ? Infinity : uses,
    })
    return { token, expiresAt: newSessionExpiresAt }
  }

  /** A token that still lets a client connect. */
  find(token: string): HeldToken | Refusal {
    if (token.startsWith(`${PREFIX}test`)) {
      const open = { newSessionExpiresAt: Infinity, expiresAt: Infinity, usesLeft: Infinity }
      return { setup: undefined, fieldMask: undefined, ...open }
    }
    const held = this.#tokens.get(token)
    if (!held) return { code: 1008, reason: 'Auth token not found.' }
    return Date.now() < held.expiresAt ? held : { code: 1008, reason: 'Auth token has expired.' }
  }
}

/** Takes a use of a token for a new session; gives why it cannot be taken. */
export function spendToken(token: HeldToken): Refusal | undefined {
  if (Date.now() >= token.newSessionExpiresAt) {
    return { code: 1008, reason: 'Auth token can no longer start new sessions.' }
  }
  if (token.usesLeft < 1) return { code: 1008, reason: 'Auth token has been used too many times.' }
  token.usesLeft--
  return undefined
}
