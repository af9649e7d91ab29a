import type { VivaVoceError } from '../../core/errors.ts'
import type { ErrorMakers } from './failures.ts'
import type { WireError } from './wire.ts'

/* Loaded when a session was refused. What a page has already it is given: bundlers would split it off. */

/** Longest time to look, ms: the plain error must not come late. */
const TIMEOUT_MS = 3000

/**
 * Asks over HTTP what a refused WebSocket handshake does not tell a page. `undefined` if the answer says
 * nothing about it: to a plain request also a service that is well says that there is no such page.
 * Rejects if there is no answer, or none that the page may see.
 */
export async function probe(
  url: string,
  token: string,
  signal: AbortSignal,
  makers: ErrorMakers,
): Promise<VivaVoceError | undefined> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  const timer = setTimeout(end, TIMEOUT_MS)
  signal.addEventListener('abort', end)
  try {
    const response = await fetch(url.replace(/^ws/, 'http'), {
      headers: { authorization: `Bearer ${token}` },
      signal: ended.signal,
    })
    const { status } = response
    const body = await response.text()
    return /^(401|403|429)$/.test(`${status}`) || body.includes('model_not_found')
      ? refusal(url, status, body, makers)
      : undefined
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

/**
 * Why there is no session, by the answer over HTTP. It repeats neither the token nor the session
 * description, which an answer may quote.
 */
export function refusal(
  url: string,
  status: number,
  body: string,
  { authError, connectionError, modelError }: ErrorMakers,
): VivaVoceError {
  if (status === 401 || status === 403) {
    return authError(`The key was refused (${status}): mint a fresh one for each connection.`, status === 401)
  }
  let error: WireError = {}
  try {
    error = (JSON.parse(body) as { error?: WireError | null }).error ?? {}
  } catch {
    // Not from OpenAI: some proxy's page.
  }
  const code = error.code ?? error.type ?? (status === 429 ? 'rate_limit_exceeded' : undefined)
  if (!code) {
    return connectionError(url, 'connection-refused', `cannot be reached (${status})`, status !== 404)
  }
  const message = error.message ?? ''
  const quotes = /[\r\n]|v=0|\b[es]k[-_]/.test(message)
  return modelError({ ...error, code, message: quotes || !message ? code : message })
}
