import { base64ToArrayBuffer } from 'virtual:peer/@tanstack/ai-gemini/src/realtime/utils.ts'
import type { Codec } from '../codec.ts'

export const adapter: Codec = {
  base64Decode: base64ToArrayBuffer,
}
