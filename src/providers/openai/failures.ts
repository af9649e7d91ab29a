import { ModelError, type VivaVoceError } from '../../core/errors.ts'
import { connectionError } from '../../transport/web-socket.ts'
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
