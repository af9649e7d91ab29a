import { AudioStreamer } from 'virtual:peer/@tanstack/ai-gemini/src/realtime/utils.ts'
import { base64ByteLength, decodeBase64 } from '../../../../src/shared/base64.ts'
import type { RecorderFactory } from '../recorder.ts'

export const adapter: RecorderFactory = () => ({
  async open(_wireRate, onChunk) {
    const streamer = new AudioStreamer({
      isSetupComplete: true,
      sendAudioMessage(text) {
        const bytes = new Uint8Array(base64ByteLength(text))
        decodeBase64(text, bytes)
        onChunk(new Int16Array(bytes.buffer))
      },
    })
    await streamer.start()
  },
})
