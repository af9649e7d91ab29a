import { MediaDeviceInput } from 'virtual:peer/@elevenlabs/client/dist/platform/web/input.js'
import type { RecorderFactory } from '../recorder.ts'

/** What its WebSocket conversations capture with. */
export const adapter: RecorderFactory = () => ({
  async open(wireRate, onChunk) {
    const input = await MediaDeviceInput.create({ sampleRate: wireRate, format: 'pcm' })
    input.addListener(({ data: [samples] }) => onChunk(samples))
  },
})
