import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** What a client asks for when it connects. */
export type Handshake =
  | {
      readonly type: 'session'
      readonly token: string
      readonly model: string
      /** The conversation to go on with. */
      readonly conversationId?: string
    }
  | { readonly type: 'refused'; readonly status: number; readonly code: string; readonly message: string }
  /** Accepted, told what is wrong, and closed with 4000. */
  | { readonly type: 'closed'; readonly token: string; readonly code: string; readonly message: string }

/** Subprotocols that carry a token. */
export const TOKEN_PROTOCOLS = { openai: 'openai-insecure-api-key.', xai: 'xai-client-secret.' } as const

/** Reads query, subprotocols and headers of an upgrade request. */
export function readHandshake(request: IncomingMessage, dialect: 'openai' | 'xai'): Handshake {
  const tokenProtocol = TOKEN_PROTOCOLS[dialect]
  const query = new URL(request.url ?? '', 'http://localhost').searchParams
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/)
  const token =
    protocols.find((protocol) => protocol.startsWith(tokenProtocol))?.slice(tokenProtocol.length) ??
    request.headers.authorization?.match(/^Bearer (.+)$/)?.[1]
  if (token === undefined) {
    return refused(401, 'missing_api_key', 'Missing bearer or basic authentication in header')
  }
  if (dialect === 'xai') {
    const conversationId = query.get('conversation_id')
    const session = { type: 'session', token, model: query.get('model') ?? 'grok-voice-latest' } as const
    return conversationId === null ? session : { ...session, conversationId }
  }
  if (query.has('call_id') || query.has('intent')) {
    return refused(400, 'invalid_request', 'call_id and intent are not simulated.')
  }
  if (
    request.headers['openai-beta'] !== undefined ||
    protocols.some((name) => name.startsWith('openai-beta'))
  ) {
    const message = 'The Realtime beta API shape is no longer available.'
    return { type: 'closed', token, code: 'beta_api_shape_disabled', message }
  }
  const model = query.get('model')
  if (!model) {
    return { type: 'closed', token, code: 'missing_model', message: 'You must provide a model parameter.' }
  }
  return { type: 'session', token, model }
}

/** The refusal of a token that opens nothing. It does not repeat the token. */
export function invalidToken(): Extract<Handshake, { type: 'refused' }> {
  return refused(401, 'invalid_api_key', 'Incorrect API key provided, or it has expired.')
}

/** The refusal of a fault plan. */
export function plannedRefusal(status: number): Extract<Handshake, { type: 'refused' }> {
  return refused(status, 'refused', 'The connection was refused.')
}

function refused(status: number, code: string, message: string): Extract<Handshake, { type: 'refused' }> {
  return { type: 'refused', status, code, message }
}

/** Answers an upgrade request with an HTTP error. */
export function refuseUpgrade(
  socket: Duplex,
  { status, code, message }: ReturnType<typeof invalidToken>,
): void {
  const body = JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } })
  // The client may be gone before it is refused.
  socket.on('error', () => {})
  socket.end(
    [
      `HTTP/1.1 ${status} Refused`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
