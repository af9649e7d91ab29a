import { AuthError } from '../../core/errors.ts'

/**
 * The subprotocols that carry a token, since a page cannot set headers. Throws an {@link AuthError}
 * that does not repeat the token.
 */
export function subprotocols(token: string, allowLongLived?: boolean): string[] {
  const longLived = !allowLongLived && token.startsWith('sk-')
  // What a subprotocol may consist of, RFC 7230.
  if (longLived || /[^\w!#$%&'*+.^`|~-]/.test(token)) {
    throw new AuthError('auth() must return an ephemeral key (ek_…).', {
      code: longLived ? 'auth-long-lived-key' : 'auth-failed',
    })
  }
  return ['realtime', `openai-insecure-api-key.${token}`]
}
