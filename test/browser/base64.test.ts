import { describe, expect, it } from 'vitest'
import { base64ByteLength, decodeBase64, encodeBase64 } from '../../src/shared/base64.ts'

/** A copy without the engine's own methods, so that the fallback is taken. */
function withoutNative(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  Object.defineProperties(copy, { toBase64: { value: undefined }, setFromBase64: { value: undefined } })
  return copy
}

describe('Base64 in a browser', () => {
  it("gives the same by the engine's own methods and by the fallback", () => {
    for (let length = 0; length < 5000; length += 37) {
      const bytes = crypto.getRandomValues(new Uint8Array(length))
      const text = encodeBase64(bytes)
      expect(encodeBase64(withoutNative(bytes))).toBe(text)
      const native = new Uint8Array(base64ByteLength(text))
      const fallback = withoutNative(native)
      expect(decodeBase64(text, native)).toBe(length)
      expect(decodeBase64(text, fallback)).toBe(length)
      expect(native).toEqual(bytes)
      expect([...fallback]).toEqual([...bytes])
    }
  })

  it('refuses what is not base64, and does not repeat it', () => {
    for (const into of [new Uint8Array(8), withoutNative(new Uint8Array(8))]) {
      expect(() => decodeBase64('secret!!', into)).toThrow(new SyntaxError('invalid base64'))
    }
  })
})
