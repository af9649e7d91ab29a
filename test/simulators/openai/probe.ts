import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TokenStore } from './token-store.ts'

const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization',
  'cache-control': 'no-store',
}

const ERRORS: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  401: { code: 'invalid_api_key', message: 'Incorrect API key provided, or it has expired.' },
  426: { code: 'upgrade_required', message: 'This is a WebSocket.' },
  429: { code: 'rate_limit_exceeded', message: 'You have sent too many requests.' },
}

/**
 * Answers `GET` where the WebSocket is, so that a page can find out why it was not let in: 401 says that
 * the token opens nothing, 426 that it would; `refusedWith` is what the last upgrade was refused with. Gives whether the request was of that kind.
 */
export function answerProbe(
  request: IncomingMessage,
  response: ServerResponse,
  tokens: TokenStore,
  refusedWith: number | undefined,
): boolean {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, HEADERS).end()
    return true
  }
  if (request.method !== 'GET') return false
  const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1]
  const valid = token !== undefined && tokens.redeem(token, '') !== undefined
  const status = refusedWith ?? (valid ? 426 : 401)
  const error = ERRORS[status] ?? { code: 'refused', message: 'The connection was refused.' }
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { type: 'invalid_request_error', param: null, ...error } }))
  return true
}
