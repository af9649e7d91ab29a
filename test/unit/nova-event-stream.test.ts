import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { EventStreamCodec } from '@smithy/eventstream-codec'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeChunk, encodeSigned } from '../../src/providers/nova-sonic/event-stream.ts'
import { decodeMessage, encodeMessage, type HeaderValue } from '../simulators/nova-sonic/event-stream.ts'

const VECTORS = resolve(
  import.meta.dirname,
  '../../../shared/conformance/aws-eventstream-vectors/packages/eventstream-codec/test_vectors',
)
const utf8 = new TextEncoder()
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)),
  (text) => utf8.encode(text),
)
const names = (kind: string): string[] =>
  existsSync(VECTORS) ? readdirSync(`${VECTORS}/encoded/${kind}`) : ['(folder absent)']

describe.skipIf(!existsSync(VECTORS))('the recorded vectors', () => {
  const encoded = (path: string): Uint8Array => Uint8Array.from(readFileSync(`${VECTORS}/encoded/${path}`))

  it.each(names('positive'))('decode and encode again: %s', (name) => {
    const bytes = encoded(`positive/${name}`)
    const wanted = JSON.parse(readFileSync(`${VECTORS}/decoded/positive/${name}`, 'utf8')) as {
      headers: { name: string }[]
      payload: string
    }
    for (const { decode, encode } of [
      { decode: decodeMessage, encode: encodeMessage },
      { decode: codec.decode.bind(codec), encode: codec.encode.bind(codec) },
    ]) {
      const message = decode(bytes)
      expect(Object.keys(message.headers)).toEqual(wanted.headers.map(({ name }) => name))
      expect(Buffer.from(message.body).toString('base64')).toBe(wanted.payload)
      expect(Buffer.from(encode(message as never))).toEqual(Buffer.from(bytes))
    }
  })

  it.each(names('negative'))('refuse what is corrupt: %s', (name) => {
    const bytes = encoded(`negative/${name}`)
    expect(() => decodeFrame(bytes.buffer)).toThrow(expect.objectContaining({ code: 'message-malformed' }))
    expect(() => decodeMessage(bytes)).toThrow(/checksum|length|too short/i)
  })
})

describe('the client', () => {
  it('writes frames that an independent reader understands', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (content) => {
        const json = JSON.stringify({ event: { textInput: { content } } })
        const { headers, body } = decodeMessage(encodeChunk(json))
        const plain = Object.entries(headers).map(([name, { value }]) => [name, value])
        expect(plain).toEqual([
          [':event-type', 'chunk'],
          [':message-type', 'event'],
          [':content-type', 'application/json'],
        ])
        const { bytes } = JSON.parse(Buffer.from(body).toString()) as { bytes: string }
        expect(Buffer.from(bytes, 'base64').toString()).toBe(json)
      }),
    )
  })

  it('wraps any body with its date and its signature', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.date({ min: new Date(0), noInvalidDate: true }),
        (body, signature, date) => {
          const frame = encodeSigned(date, Buffer.from(signature).toString('hex'), body)
          const { headers, body: inner } = decodeMessage(frame)
          expect(headers[':date']).toEqual({ type: 'timestamp', value: date })
          expect(Buffer.from(headers[':chunk-signature']?.value as Uint8Array)).toEqual(
            Buffer.from(signature),
          )
          expect(Buffer.from(inner)).toEqual(Buffer.from(body))
        },
      ),
    )
    expect(encodeSigned(new Date(0), '00'.repeat(32), new Uint8Array(0))).toHaveLength(83)
  })
})

describe('the server’s frames', () => {
  it('are read whatever they say, as bytes of any buffer or as base64', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(9), (text, offset) => {
        const event = JSON.parse(text) as unknown
        const frame = chunk({ event })
        const view = new Uint8Array(frame.length + offset + 3).subarray(offset, offset + frame.length)
        view.set(frame)
        for (const data of [frame.slice().buffer, view, Buffer.from(frame).toString('base64')]) {
          expect(decodeFrame(data)).toEqual({ type: 'event', event })
        }
      }),
    )
  })

  it('may carry padding and members that nobody knows', () => {
    const frame = chunk({ event: { textOutput: { content: 'Hi' } }, more: 1 }, { p: 'abcdef' })
    expect(decodeFrame(frame)).toEqual({ type: 'event', event: { textOutput: { content: 'Hi' } } })
  })

  it('tell exceptions by their name', () => {
    const exception = (body: string): Uint8Array =>
      frameOf({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, utf8.encode(body))
    expect(decodeFrame(exception('{"message":"Too many requests"}'))).toEqual({
      type: 'exception',
      name: 'throttlingException',
      message: 'Too many requests',
    })
    expect(decodeFrame(exception(''))).toMatchObject({ message: 'throttlingException' })
    const error = { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'Sorry' }
    expect(decodeFrame(frameOf(error, new Uint8Array(0)))).toEqual({
      type: 'exception',
      name: 'InternalFailure',
      message: 'Sorry',
    })
  })

  it('are refused if one byte is not what it was', () => {
    const frame = chunk({ event: { audioOutput: { content: 'c2VjcmV0IHdvcmRz' } } })
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const broken = frame.map((byte, index) => (index === at ? byte ^ flip : byte))
        expect(() => decodeFrame(broken)).toThrow(expect.objectContaining({ code: 'message-malformed' }))
      }),
    )
  })

  it('are refused if they are cut, or no frames, and never repeated', () => {
    const frame = chunk({ event: { textOutput: { content: 'secret words' } } })
    const noJson = frameOf({ ':message-type': 'event' }, utf8.encode('secret words'))
    const noBase64 = frameOf({ ':message-type': 'event' }, utf8.encode('{"bytes":"secret words"}'))
    const noEvent = frameOf({ ':message-type': 'event' }, utf8.encode('{"bytes":"c2VjcmV0IHdvcmRz"}'))
    const unknown = frameOf({ ':message-type': 'secret words' }, new Uint8Array(0))
    for (const data of [frame.subarray(0, -1), noJson, noBase64, noEvent, unknown, 'secret words', null, 7]) {
      const error = thrownBy(() => decodeFrame(data))
      expect(error).toMatchObject({ name: 'ConnectionError', code: 'message-malformed' })
      expect(error).not.toHaveProperty('cause')
      expect(String(error)).not.toMatch(/secret|c2Vj/)
    }
  })
})

function frameOf(headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const typed: Record<string, HeaderValue> = {}
  for (const [name, value] of Object.entries(headers)) typed[name] = { type: 'string', value }
  return encodeMessage({ headers: typed, body })
}

function chunk(value: unknown, more: Readonly<Record<string, unknown>> = {}): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(value)).toString('base64')
  const headers = { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' }
  return frameOf(headers, utf8.encode(JSON.stringify({ bytes, ...more })))
}

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}
