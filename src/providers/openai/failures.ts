import { AuthError, isVivaVoceError, ModelError, type VivaVoceError } from '../../core/errors.ts'
import { connectionError } from '../../transport/web-socket.ts'
import { refuse } from './options.ts'
import type { WireError } from './wire.ts'

/** An error of OpenAI's, as ours. */
export function modelError({ type, code, message }: WireError): ModelError {
  const providerCode = code ?? type ?? undefined
  return new ModelError(`OpenAI: ${message ?? providerCode}`, {
    code: 'model-error',
    providerCode,
    retryable: /server|rate_|expired/.test(`${type} ${code}`),
  })
}

/** Why the socket closed. Where OpenAI closes it by itself, the reason is a code, perhaps after a type. */
export function closeError(url: string, code: number, reason: string): VivaVoceError {
  return /^[a-z]+_[a-z_.]+$/.test(reason)
    ? modelError({ type: reason, code: reason.replace(/.*\./, ''), message: reason })
    : connectionError(url, 'connection-lost', `closed the connection (${code}${reason && ` ${reason}`})`)
}

/** A credential that is refused, or was not to be had. */
function authError(message: string, retryable: boolean, cause?: unknown): AuthError {
  return new AuthError(message, { code: 'auth-failed', retryable, cause })
}

/** What `negotiate` threw, as an error of ours. */
export function negotiationError(cause: unknown): VivaVoceError {
  return isVivaVoceError(cause) ? cause : authError('negotiate() failed (see cause).', true, cause)
}

/** What is loaded later makes its errors with these: if it imported them, bundlers would split them off. */
export interface ErrorMakers {
  readonly authError: typeof authError
  readonly connectionError: typeof connectionError
  readonly modelError: typeof modelError
  readonly negotiationError: typeof negotiationError
  readonly refuse: typeof refuse
}

export const errorMakers: ErrorMakers = {
  authError,
  connectionError,
  modelError,
  negotiationError,
  refuse,
}
