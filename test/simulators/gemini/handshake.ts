import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Refusal } from './setup.ts'
import { isToken, type HeldToken, type TokenStore } from './token-store.ts'

const PATH =
  /^\/ws\/google\.ai\.generativelanguage\.(v1beta|v1alpha)\.GenerativeService\.(BidiGenerateContent(?:Constrained)?)$/

/** What a connection was opened with: a token, or an API key. */
export type Admission =
  | { readonly type: 'key' }
  | { readonly type: 'token'; readonly token: HeldToken }
  | ({ readonly type: 'refused' } & Refusal)

const UNREGISTERED: Admission = {
  type: 'refused',
  code: 1008,
  reason:
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
}

/** Whether a request is for the Live API; `undefined` also where a version lacks the method. */
export function isLivePath(request: IncomingMessage): boolean {
  const [, version, method] = PATH.exec(urlOf(request).pathname) ?? []
  return method !== undefined && (version === 'v1alpha' || method === 'BidiGenerateContent')
}

/** Reads the credential. One that is wrong does not stop the upgrade: the close frame says so. */
export function admit(request: IncomingMessage, tokens: TokenStore, apiKey: string | undefined): Admission {
  const { pathname, searchParams } = urlOf(request)
  const constrained = pathname.endsWith('Constrained')
  const token = searchParams.get('access_token')
  if (constrained) {
    if (token === null || !isToken(token)) return UNREGISTERED
    const held = tokens.find(token)
    return 'reason' in held ? { type: 'refused', ...held } : { type: 'token', token: held }
  }
  const key = searchParams.get('key') ?? request.headers['x-goog-api-key']
  if (typeof key !== 'string' || key === '' || isToken(key)) return UNREGISTERED
  if (apiKey === undefined || key === apiKey) return { type: 'key' }
  return { type: 'refused', code: 1007, reason: 'API key not valid. Please pass a valid API key.' }
}

/** URL of a request. */
export function urlOf(request: IncomingMessage): URL {
  // The official client sends two slashes.
  return new URL((request.url ?? '').replace(/^\/+/, '/'), 'http://localhost')
}

/** Answers an upgrade request with an HTTP error. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  // The client may be gone before it is refused.
  socket.on('error', () => {})
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
