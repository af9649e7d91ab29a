import { crc32 } from 'node:zlib'

/** A header's value: what the vectors of AWS have. Numbers of 64 bits are `bigint`. */
export type HeaderValue =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'byte' | 'short' | 'integer'; readonly value: number }
  | { readonly type: 'long'; readonly value: bigint }
  | { readonly type: 'binary'; readonly value: Uint8Array }
  | { readonly type: 'string' | 'uuid'; readonly value: string }
  | { readonly type: 'timestamp'; readonly value: Date }

/** One frame of `application/vnd.amazon.eventstream`. */
export interface EventStreamMessage {
  readonly headers: Readonly<Record<string, HeaderValue>>
  readonly body: Uint8Array
}

const PRELUDE_BYTES = 12
const CHECKSUM_BYTES = 4

/** Writes a frame, from the format's description alone: the client's own codec proves nothing here. */
export function encodeMessage({ headers, body }: EventStreamMessage): Uint8Array {
  const head = encodeHeaders(headers)
  const frame = Buffer.alloc(PRELUDE_BYTES + head.length + body.length + CHECKSUM_BYTES)
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt32BE(head.length, 4)
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8)
  frame.set(head, PRELUDE_BYTES)
  frame.set(body, PRELUDE_BYTES + head.length)
  frame.writeUInt32BE(crc32(frame.subarray(0, -CHECKSUM_BYTES)), frame.length - CHECKSUM_BYTES)
  return Uint8Array.from(frame)
}

/** Reads one whole frame. Throws if it is not exactly that. */
export function decodeMessage(bytes: Uint8Array): EventStreamMessage {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (frame.length < PRELUDE_BYTES + CHECKSUM_BYTES) throw new Error('The frame is too short.')
  if (crc32(frame.subarray(0, 8)) !== frame.readUInt32BE(8)) throw new Error('Prelude checksum mismatch.')
  if (frame.readUInt32BE(0) !== frame.length) throw new Error('The length is not that of the frame.')
  const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4)
  const end = frame.length - CHECKSUM_BYTES
  if (headersEnd > end) throw new Error('The headers exceed the length of the frame.')
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end)) throw new Error('Message checksum mismatch.')
  return {
    headers: decodeHeaders(frame.subarray(PRELUDE_BYTES, headersEnd)),
    body: Uint8Array.from(frame.subarray(headersEnd, end)),
  }
}

/** The bytes of headers, as they are signed. */
export function encodeHeaders(headers: EventStreamMessage['headers']): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => {
      const text = Buffer.from(name)
      return [Buffer.from([text.length]), text, encodeValue(value)]
    }),
  )
}

function encodeValue(header: HeaderValue): Buffer {
  const bytes = Buffer.alloc(9)
  switch (header.type) {
    case 'boolean':
      return Buffer.from([header.value ? 0 : 1])
    case 'byte':
      return Buffer.from([2, header.value & 0xff])
    case 'short':
      bytes[0] = 3
      return bytes.subarray(0, bytes.writeInt16BE(header.value, 1))
    case 'integer':
      bytes[0] = 4
      return bytes.subarray(0, bytes.writeInt32BE(header.value, 1))
    case 'long':
      bytes[0] = 5
      return bytes.subarray(0, bytes.writeBigInt64BE(header.value, 1))
    case 'binary':
      return withLength(6, Buffer.from(header.value))
    case 'string':
      return withLength(7, Buffer.from(header.value))
    case 'timestamp':
      bytes[0] = 8
      return bytes.subarray(0, bytes.writeBigInt64BE(BigInt(header.value.getTime()), 1))
    case 'uuid':
      return Buffer.concat([Buffer.from([9]), Buffer.from(header.value.replaceAll('-', ''), 'hex')])
  }
}

function withLength(type: number, value: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(value.length)
  return Buffer.concat([Buffer.from([type]), length, value])
}

function decodeHeaders(bytes: Buffer): Record<string, HeaderValue> {
  const headers: Record<string, HeaderValue> = {}
  let at = 0
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('A header exceeds the length of the headers.')
    return bytes.subarray(at, (at += length))
  }
  while (at < bytes.length) {
    const name = take(take(1).readUInt8()).toString()
    headers[name] = decodeValue(take(1).readUInt8(), take)
  }
  return headers
}

function decodeValue(type: number, take: (length: number) => Buffer): HeaderValue {
  switch (type) {
    case 0:
    case 1:
      return { type: 'boolean', value: type === 0 }
    case 2:
      return { type: 'byte', value: take(1).readInt8() }
    case 3:
      return { type: 'short', value: take(2).readInt16BE() }
    case 4:
      return { type: 'integer', value: take(4).readInt32BE() }
    case 5:
      return { type: 'long', value: take(8).readBigInt64BE() }
    case 6:
      return { type: 'binary', value: Uint8Array.from(take(take(2).readUInt16BE())) }
    case 7:
      return { type: 'string', value: take(take(2).readUInt16BE()).toString() }
    case 8:
      return { type: 'timestamp', value: new Date(Number(take(8).readBigInt64BE())) }
    case 9: {
      const hex = take(16).toString('hex')
      return { type: 'uuid', value: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }
    }
    default:
      throw new Error(`There is no header type ${type}.`)
  }
}
