import { AuthError } from '../core/errors.ts'

/** A credential that is short-lived enough to be in a page. */
export interface Credential {
  readonly token: string
  /** When it ends, in milliseconds since 1970 or as a `Date`. */
  readonly expiresAt?: number | Date
}

/**
 * Gives a short-lived credential, minted by your server. Called anew for every connection: never cache
 * what it returns.
 */
export type Auth = () => string | Credential | Promise<string | Credential>

/** Asks `auth` for a token. Rejects with an {@link AuthError} that never repeats what it was given. */
export async function obtainToken(auth: Auth): Promise<string> {
  let given: unknown
  try {
    given = await auth()
  } catch (cause) {
    throw new AuthError('auth() failed (see cause): check your token route, then start again.', {
      code: 'auth-failed',
      retryable: true,
      cause,
    })
  }
  const token = typeof given === 'string' ? given : (given as Partial<Credential> | null | undefined)?.token
  if (typeof token !== 'string' || token === '') {
    throw new AuthError('auth() returned no token: return a string, or { token }.', {
      code: 'auth-empty',
    })
  }
  return token
}
