import { decodeRealtimeAudio, encodeRealtimeAudio } from 'virtual:peer/ai/src/realtime/audio-utils.ts'
import type { Codec } from '../codec.ts'

export const adapter: Codec = {
  chunkEncode: encodeRealtimeAudio,
  chunkDecode: decodeRealtimeAudio,
}
