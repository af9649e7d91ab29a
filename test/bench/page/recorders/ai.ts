import { BrowserRealtimeAudio } from 'virtual:peer/ai/src/realtime/browser-realtime-audio.ts'
import { base64ByteLength, decodeBase64 } from '../../../../src/shared/base64.ts'
import type { RecorderFactory } from '../recorder.ts'

/** What its realtime session captures with. */
export const adapter: RecorderFactory = () => ({
  async open(wireRate, onChunk) {
    const audio = new BrowserRealtimeAudio({
      captureSampleRate: wireRate,
      playbackSampleRate: wireRate,
      onAudio(text) {
        const bytes = new Uint8Array(base64ByteLength(text))
        decodeBase64(text, bytes)
        onChunk(new Int16Array(bytes.buffer))
      },
      onPlayingChange() {},
      onCapturingChange() {},
    })
    audio.startCapture(await navigator.mediaDevices.getUserMedia({ audio: true }))
  },
})
