import { randomBytes } from 'node:crypto'
import type { AcceptedCredentials } from './verifier.ts'

/** Short-lived credentials, as `auth` may return them. */
export interface MintedCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** ms since 1970. */
  readonly expiration: number
}

/** The keys that open streams. */
export class CredentialStore {
  readonly #keys = new Map<string, AcceptedCredentials>()

  constructor(keys: readonly AcceptedCredentials[]) {
    for (const key of keys) this.#keys.set(key.accessKeyId, key)
  }

  mint(ttlMs: number, now: number): MintedCredentials {
    for (const [id, { expiration = Infinity }] of this.#keys) {
      if (expiration < now) this.#keys.delete(id)
    }
    const key = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(240).toString('base64'),
      expiration: now + ttlMs,
    }
    this.#keys.set(key.accessKeyId, key)
    return key
  }

  get(accessKeyId: string): AcceptedCredentials | undefined {
    return this.#keys.get(accessKeyId)
  }
}
