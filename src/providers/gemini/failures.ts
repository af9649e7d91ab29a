import {
  AuthError,
  ConnectionError,
  type ErrorCode,
  ModelError,
  type VivaVoceError,
} from '../../core/errors.ts'
import { connectionError } from '../../transport/web-socket.ts'

/**
 * Why Google closed the connection. The reason in the close frame is all that is ever said, also where a
 * token was wrong. It is repeated without what may be a credential.
 */
export function closeError(url: string, code: number, reason: string): VivaVoceError {
  const said = reason.replace(/auth_tokens\/\S+|\bA(Iza|Q\.)[\w-]+/g, '…').replace(/\.$/, '')
  const detail = `(${code}${said && `: ${said}`})`
  const refused = (did: string, advice: string, retryable = false): ModelError =>
    modelError(`${did} ${detail}: ${advice}`, `${code}`, { retryable })
  if (/unregistered|api key|(?<!\w)tokens? (?!count|limit)|credential|permission|unauth/i.test(reason)) {
    const isRetryable = /expired|too many|no longer/.test(reason)
    return authError(`Gemini refused the token ${detail}: `, 'auth-failed', isRetryable)
  }
  if (/quota|billing|exhausted/i.test(reason)) return refused('has no quota left', 'check your plan')
  const isAborted = code === 1008 && /abort/i.test(reason)
  if (isAborted || code === 1011) return refused('ended the session', 'it can be resumed', true)
  return code === 1007 || code === 1008
    ? refused('refused the session', 'change what it names, option or tool')
    : connectionError(url, 'connection-lost', `closed the connection ${detail}`)
}

/** An error for a token that is none, or that Google does not take. */
export function authError(what: string, code: ErrorCode, retryable: boolean): AuthError {
  const advice = 'auth() must return an ephemeral token (auth_tokens/…), minted for each connection.'
  return new AuthError(what + advice, { code, retryable })
}

/** An error of Google's. `what` it did goes on from its name. */
export function modelError(
  what: string,
  providerCode: string,
  details: { readonly retryable?: boolean; readonly cause?: unknown } = {},
): ModelError {
  return new ModelError(`Gemini ${what}.`, { code: 'model-error', providerCode, ...details })
}

/** Why a turn has no answer, or only a part of one; `undefined` if nothing is wrong. */
export function turnError(reason: string): ModelError | undefined {
  return /PROHIBIT|BLOCK|SAFETY|REJECTED|MALFORMED|CELEBRITY|INPUT_OTHER/.test(reason)
    ? modelError(`did not answer: ${reason}`, reason)
    : undefined
}

/** An error for what Google sent and nobody could use. It does not repeat the message. */
export function malformed(): ConnectionError {
  return new ConnectionError('Gemini sent a message that cannot be read.', { code: 'message-malformed' })
}
