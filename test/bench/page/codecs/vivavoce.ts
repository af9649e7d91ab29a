import { decodeBase64, encodeBase64 } from '../../../../src/shared/base64.ts'
import { floatToPcm16 } from '../../../../src/shared/pcm.ts'
import type { Codec } from '../codec.ts'

// What our engine decodes into, and our worklet writes to, is used again.
const pcm = new Int16Array(2400)
const scratch = new Uint8Array(8192)

export const adapter: Codec = {
  base64Encode: encodeBase64,
  base64Decode: (text) => decodeBase64(text, scratch),
  pcm16Encode: toPcm16,
  chunkEncode(samples) {
    toPcm16(samples)
    return encodeBase64(new Uint8Array(pcm.buffer))
  },
  // The player takes PCM16 as it is, in a copy that can be transferred.
  chunkDecode: (text) => new Int16Array(scratch.buffer, 0, decodeBase64(text, scratch) / 2).slice(),
}

function toPcm16(samples: Float32Array): void {
  floatToPcm16(samples, 0, pcm, 0, samples.length)
}
