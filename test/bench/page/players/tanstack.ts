import { AudioPlayer } from 'virtual:peer/@tanstack/ai-gemini/src/realtime/utils.ts'
import type { PlayerFactory } from '../player.ts'

export const adapter: PlayerFactory = () => {
  const player = new AudioPlayer()
  return {
    open: () => player.init(),
    write: (_itemId, pcm) => void player.play(pcm.slice().buffer),
    async flush() {
      player.interrupt()
      return undefined
    },
  }
}
