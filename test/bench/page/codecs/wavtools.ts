import { WavPacker } from 'virtual:peer/wavtools'
import type { Codec } from '../codec.ts'

export const adapter: Codec = {
  pcm16Encode: (samples) => WavPacker.floatTo16BitPCM(samples),
}
