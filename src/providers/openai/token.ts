import { AuthError } from '../../core/errors.ts'

/**
 * Checks a token that goes into a header or a subprotocol. Throws an {@link AuthError} that does not repeat
 * it.
 * @param longLived What a key looks like that must not be in a page.
 */
export function checkToken(token: string, longLived: RegExp | undefined): string {
  const isLongLived = longLived?.test(token)
  // What a subprotocol may consist of, RFC 7230.
  if (isLongLived || /[^\w!#$%&'*+.^`|~-]/.test(token)) {
    throw new AuthError('auth() must return a short-lived key, such as ek_….', {
      code: isLongLived ? 'auth-long-lived-key' : 'auth-failed',
    })
  }
  return token
}
