import { WavStreamPlayer } from 'virtual:peer/wavtools'
import type { PlayerFactory } from '../player.ts'

export const adapter: PlayerFactory = () => {
  let player: WavStreamPlayer | undefined
  return {
    async open(wireRate) {
      player = new WavStreamPlayer({ sampleRate: wireRate })
      await player.connect()
    },
    write: (itemId, pcm) => player?.add16BitPCM(pcm, itemId),
    async flush() {
      const position = await player?.interrupt()
      return position ? position.currentTime * 1000 : undefined
    },
  }
}
