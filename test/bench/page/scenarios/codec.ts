import { encodeBase64 } from '../../../../src/shared/base64.ts'
import type { Codec } from '../codec.ts'
import { microseconds } from '../microseconds.ts'
import { tonePcm } from '../signal.ts'
import type { Scenario } from './scenario.ts'

/** 100 ms at 24 kHz. */
const FRAMES = 2400

/** Time that an engine takes for 100 ms of audio on its way to a socket and back. */
export const codec: Scenario<Codec> = async ({ adapter }) => {
  const pcm = tonePcm(440, 24_000, FRAMES)
  const bytes = new Uint8Array(pcm.slice().buffer)
  const samples = Float32Array.from(pcm, (sample) => sample / 32_768)
  const text = encodeBase64(bytes)
  const { base64Encode, base64Decode, pcm16Encode, chunkEncode, chunkDecode } = adapter
  return {
    ...(base64Encode && { base64EncodeUs: microseconds(() => base64Encode(bytes)) }),
    ...(base64Decode && { base64DecodeUs: microseconds(() => base64Decode(text)) }),
    ...(pcm16Encode && { pcm16EncodeUs: microseconds(() => pcm16Encode(samples)) }),
    ...(chunkEncode && { chunkEncodeUs: microseconds(() => chunkEncode(samples)) }),
    ...(chunkDecode && { chunkDecodeUs: microseconds(() => chunkDecode(text)) }),
  }
}
