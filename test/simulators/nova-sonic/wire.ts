import { isRecord } from '../is-record.ts'
import { decodeMessage, encodeMessage, type HeaderValue } from './event-stream.ts'

/** What an event has in it. */
export type Payload = Readonly<Record<string, unknown>>

/** An event of either side: its name, and what it has in it. */
export interface WireMessage {
  /** Such as `audioInput`; `exception` for one, with `name` and `message` in it. */
  readonly type: string
  readonly payload: Payload
}

/** How a connection carries events: signed frames, as to AWS, or plain JSON, as to a bridge. */
export type Transport = 'aws' | 'bridge'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** What goes to the client. */
export function encodeServerMessage(
  { type, payload }: WireMessage,
  transport: Transport,
): string | Uint8Array {
  if (transport === 'bridge') {
    return JSON.stringify(
      type === 'exception'
        ? { exception: { type: payload.name, message: payload.message } }
        : { event: { [type]: payload } },
    )
  }
  if (type === 'exception') {
    const headers = { ':exception-type': String(payload.name), ':message-type': 'exception' }
    return frame(headers, { message: payload.message })
  }
  const bytes = Buffer.from(JSON.stringify({ event: { [type]: payload } })).toString('base64')
  // The service hides lengths behind padding.
  const p = LETTERS.slice(0, 1 + Math.floor(Math.random() * LETTERS.length))
  return frame({ ':event-type': 'chunk', ':message-type': 'event' }, { bytes, p })
}

/** The JSON of an event, out of a client's inner frame. Throws if there is none. */
export function innerJson(bytes: Uint8Array): string {
  const { headers, body } = decodeMessage(bytes)
  const wanted = { ':event-type': 'chunk', ':message-type': 'event', ':content-type': 'application/json' }
  for (const [name, value] of Object.entries(wanted)) {
    if (headers[name]?.value !== value) throw new Error(`The header ${name} is not "${value}".`)
  }
  const parsed: unknown = JSON.parse(Buffer.from(body).toString())
  if (!isRecord(parsed) || typeof parsed.bytes !== 'string') throw new Error('The body has no "bytes".')
  return Buffer.from(parsed.bytes, 'base64').toString()
}

/** Reads `{"event":{"name":{…}}}`; `undefined` if it is something else. */
export function readEvent(json: string): WireMessage | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return undefined
  }
  const entries = isRecord(parsed) && isRecord(parsed.event) ? Object.entries(parsed.event) : []
  const [type, payload] = entries[0] ?? []
  return type !== undefined && entries.length === 1 && isRecord(payload) ? { type, payload } : undefined
}

function frame(headers: Readonly<Record<string, string>>, body: unknown): Uint8Array {
  const all: Record<string, HeaderValue> = {}
  for (const [name, value] of Object.entries({ ...headers, ':content-type': 'application/json' })) {
    all[name] = { type: 'string', value }
  }
  return encodeMessage({ headers: all, body: Buffer.from(JSON.stringify(body)) })
}
