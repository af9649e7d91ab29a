import { EventStreamCodec } from '@smithy/eventstream-codec'
import { ConnectionError } from '../../core/errors.ts'
import { base64ByteLength, decodeBase64, encodeBase64 } from '../../shared/base64.ts'
import type { ServerEvent } from './wire.ts'

/** What one frame of the server's says. */
export type ServerFrame =
  | { readonly type: 'event'; readonly event: ServerEvent | null | undefined }
  | {
      readonly type: 'exception'
      /** Such as `throttlingException`. */
      readonly name: string
      readonly message: string
    }

/** A frame as AWS's codec has it. */
type Message = ReturnType<EventStreamCodec['decode']>

const utf8 = new TextEncoder()
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)),
  (text) => utf8.encode(text),
)
const chunkHeaders: Message['headers'] = Object.fromEntries(
  Object.entries({
    ':event-type': 'chunk',
    ':message-type': 'event',
    ':content-type': 'application/json',
  }).map(([name, value]) => [name, { type: 'string', value }]),
)

/** Makes the inner frame of an event, which is signed as a whole. */
export function encodeChunk(json: string): Uint8Array {
  const body = utf8.encode(`{"bytes":"${encodeBase64(utf8.encode(json))}"}`)
  return codec.encode({ headers: chunkHeaders, body })
}

/** Makes the frame that is sent. @param signature Hex. */
export function encodeSigned(date: Date, signature: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const value = Uint8Array.from(signature.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  const headers = {
    ':date': { type: 'timestamp' as const, value: date },
    ':chunk-signature': { type: 'binary' as const, value },
  }
  return codec.encode({ headers, body }) as Uint8Array<ArrayBuffer>
}

/**
 * Reads one message of the socket's: binary, or the same as base64.
 * Throws a {@link ConnectionError} `message-malformed` that does not repeat the message.
 */
export function decodeFrame(data: unknown): ServerFrame {
  try {
    const { headers, body } = codec.decode(typeof data === 'string' ? fromBase64(data) : bytesOf(data))
    const header = (name: string): string => headers[name]?.value as string
    const kind = header(':message-type')
    if (kind === 'event') {
      const { bytes } = parse(body)
      return { type: 'event', event: parse(fromBase64(bytes as string)).event as ServerEvent }
    }
    if (kind === 'exception') {
      const { message, Message: capital } = body.length > 0 ? parse(body) : {}
      const name = header(':exception-type')
      return { type: 'exception', name, message: (message ?? capital ?? name) as string }
    }
    if (kind === 'error') {
      const name = header(':error-code')
      return { type: 'exception', name, message: header(':error-message') ?? name }
    }
  } catch {
    // What failed may quote what it read, which may be what somebody said.
  }
  throw new ConnectionError('Nova Sonic sent a frame that cannot be read.', { code: 'message-malformed' })
}

function bytesOf(data: unknown): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data as ArrayBuffer)
}

function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(base64ByteLength(text))
  return bytes.subarray(0, decodeBase64(text, bytes))
}

function parse(body: Uint8Array): Readonly<Record<string, unknown>> {
  return JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>
}
