import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { base64ByteLength, decodeBase64, encodeBase64 } from '../../src/shared/base64.ts'

let nativeCalls = 0

/** Gives `Uint8Array` what newer engines have, built on Node's own codec. */
function installNative(): void {
  define('toBase64', function toBase64(this: Uint8Array) {
    nativeCalls++
    return Buffer.from(this.buffer, this.byteOffset, this.byteLength).toString('base64')
  })
  define('setFromBase64', function setFromBase64(this: Uint8Array, text: string) {
    nativeCalls++
    let [read, written, last] = [0, 0, false]
    for (const { 0: group, index } of text.matchAll(/(?:\s*\S){1,4}/g)) {
      const characters = group.replaceAll(/\s/g, '')
      if (last || !/^(?:[\w+/]{2,4}|[\w+/]{2}==|[\w+/]{3}=)$/.test(characters) || characters.includes('_')) {
        throw new SyntaxError(`not base64: ${text}`)
      }
      const bytes = Buffer.from(characters, 'base64')
      // Like the standard one, it stops where there is no more room, whatever follows.
      if (written + bytes.length > this.length) return { read, written }
      this.set(bytes, written)
      read = index + group.length
      written += bytes.length
      last = bytes.length < 3
      if (written === this.length) return { read, written }
    }
    return { read: text.length, written }
  })
}

function removeNative(): void {
  Reflect.deleteProperty(Uint8Array.prototype, 'toBase64')
  Reflect.deleteProperty(Uint8Array.prototype, 'setFromBase64')
}

function define(name: string, value: unknown): void {
  Reflect.defineProperty(Uint8Array.prototype, name, { value, configurable: true })
}

function decode(text: string): Uint8Array {
  const bytes = new Uint8Array(base64ByteLength(text))
  return bytes.subarray(0, decodeBase64(text, bytes))
}

describe.each(['fallback', 'native'])('base64, %s', (path) => {
  if (path === 'native') {
    beforeAll(installNative)
    afterAll(removeNative)
  }

  it('takes this path', () => {
    nativeCalls = 0
    expect(encodeBase64(Uint8Array.of(1, 2, 3))).toBe('AQID')
    decode('AQID')
    expect(nativeCalls).toBe(path === 'native' ? 2 : 0)
  })

  it('encodes as Node does, and decodes it again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = encodeBase64(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect(base64ByteLength(text)).toBe(bytes.length)
        expect(decode(text)).toEqual(bytes)
      }),
    )
  })

  it('encodes and decodes more than fits into one call', () => {
    const bytes = Uint8Array.from({ length: 100_001 }, (_, i) => i * 31)
    const text = encodeBase64(bytes)
    expect(text).toBe(Buffer.from(bytes).toString('base64'))
    expect(Buffer.compare(decode(text), bytes)).toBe(0)
  })

  it('encodes a view, and not the buffer around it', () => {
    expect(encodeBase64(Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4))).toBe('AQID')
  })

  it('decodes without padding, and with white space', () => {
    expect(decode('AQI')).toEqual(Uint8Array.of(1, 2))
    expect(decode(' AQ\nID\tBA = =\r\n')).toEqual(Uint8Array.of(1, 2, 3, 4))
    expect(decodeBase64('AQID\n', new Uint8Array(3))).toBe(3)
    expect(decode('')).toEqual(new Uint8Array(0))
  })

  it('leaves what is behind the decoded bytes', () => {
    const into = new Uint8Array(5).fill(9)
    expect(decodeBase64('AQID', into)).toBe(3)
    expect([...into]).toEqual([1, 2, 3, 9, 9])
  })

  it.each(['A', 'AQI*', 'AQID=', 'AQ=', '=', 'AQ==AQID', 'AQ-_', 'A\u{1F600}==', 'AQID secret*'])(
    'refuses %j without showing it',
    (text) => {
      expect(() => decodeBase64(text, new Uint8Array(99))).toThrow(new SyntaxError('invalid base64'))
    },
  )

  it('refuses junk behind the last byte that fits', () => {
    expect(() => decodeBase64('AQID*', new Uint8Array(3))).toThrow(SyntaxError)
  })

  it('refuses what does not fit', () => {
    expect(() => decodeBase64('AQID', new Uint8Array(2))).toThrow(RangeError)
    expect(() => decodeBase64('AQIDBAUG', new Uint8Array(3))).toThrow(RangeError)
  })
})
