import { arrayBufferToBase64, base64ToArrayBuffer } from 'virtual:peer/@elevenlabs/client/dist/utils/audio.js'
import type { Codec } from '../codec.ts'

export const adapter: Codec = {
  base64Encode: ({ buffer }) => arrayBufferToBase64(buffer),
  base64Decode: base64ToArrayBuffer,
  chunkDecode: (text) => new Int16Array(base64ToArrayBuffer(text)),
}
