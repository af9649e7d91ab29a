/** What newer engines have, and the language library this project compiles with does not know. */
interface NativeBase64 {
  readonly toBase64?: () => string
  readonly setFromBase64?: (text: string) => { readonly read: number; readonly written: number }
}

/** What every browser, worker and server has, although it is no part of the language. */
interface BinaryStrings {
  btoa(binary: string): string
  atob(text: string): string
}

const strings = globalThis as unknown as BinaryStrings

// A multiple of 3, so that only the last slice is padded, and few enough to be arguments of one call.
const SLICE_BYTES = 32_766

/** Encodes bytes as base64: the standard alphabet, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  const native = bytes as Uint8Array & NativeBase64
  if (native.toBase64) return native.toBase64()
  let text = ''
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    const slice: ArrayLike<number> = bytes.subarray(start, start + SLICE_BYTES)
    text += strings.btoa(String.fromCharCode.apply(null, slice as number[]))
  }
  return text
}

/**
 * Decodes base64 to the start of `into`. White space is skipped, and padding may be missing.
 *
 * @returns how many bytes were written.
 * @throws SyntaxError when `text` is not base64. The message does not show the text.
 * @throws RangeError when `into` is too short.
 */
export function decodeBase64(text: string, into: Uint8Array): number {
  let binary
  try {
    const native = into as Uint8Array & NativeBase64
    if (native.setFromBase64) {
      const { read, written } = native.setFromBase64(text)
      // It reads no further once `into` is full. What is left may be white space, too much, or invalid,
      // and the other way tells which.
      if (read === text.length) return written
    }
    binary = strings.atob(text)
  } catch {
    throw new SyntaxError('invalid base64')
  }
  if (binary.length > into.length) {
    throw new RangeError(`base64 of ${binary.length} bytes does not fit into ${into.length}`)
  }
  for (let i = 0; i < binary.length; i++) into[i] = binary.charCodeAt(i)
  return binary.length
}

/** Bytes that `text` decodes to; when it holds white space, that many or fewer. */
export function base64ByteLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.floor(((text.length - padding) * 3) / 4)
}
