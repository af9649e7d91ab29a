import { decodeBase64 } from './base64.ts'

// One for all of the thread: what is in it is copied before anybody else can write there.
let scratch = new Uint8Array(0)

/** Reads PCM16 that comes as base64, in chunks that may end in the middle of a sample. */
export class PcmDecoder {
  #carry: number | undefined

  /**
   * The whole samples of the next chunk. Valid until the next call of any decoder.
   * Throws what `decodeBase64` throws.
   */
  decode(base64: string): Int16Array {
    // Longer than what it decodes to and a carried byte.
    if (scratch.length <= base64.length) scratch = new Uint8Array(base64.length * 2)
    let length = 0
    if (this.#carry !== undefined) scratch[length++] = this.#carry
    length += decodeBase64(base64, scratch.subarray(length))
    this.#carry = length % 2 ? scratch[length - 1] : undefined
    return new Int16Array(scratch.buffer, 0, length >> 1)
  }
}
