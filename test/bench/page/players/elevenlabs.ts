import { MediaDeviceOutput } from 'virtual:peer/@elevenlabs/client/dist/platform/web/output.js'
import type { PlayerFactory } from '../player.ts'

/** What its WebSocket conversations play through. */
export const adapter: PlayerFactory = () => {
  let output: MediaDeviceOutput | undefined
  return {
    async open(wireRate) {
      output = await MediaDeviceOutput.create({ sampleRate: wireRate, format: 'pcm' })
    },
    write: (_itemId, pcm) => output?.playAudio(pcm.slice().buffer),
    async flush() {
      output?.interrupt()
      return undefined
    },
  }
}
