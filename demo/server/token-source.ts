import type { ServiceConfig } from '../service-config.ts'

/** A token that a page may hold. */
export interface MintedToken {
  readonly token: string
  /** In milliseconds since 1970. */
  readonly expiresAt: number
}

/** Where this server gets its tokens. */
export interface TokenSource {
  readonly config: ServiceConfig
  /** Rejects with a {@link MintError}, whose sentence the page may show. */
  mint(): Promise<MintedToken>
}

/** Why there is no token, in a sentence without a secret. */
export class MintError extends Error {
  override name = 'MintError'
}
