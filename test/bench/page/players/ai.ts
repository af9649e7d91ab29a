import { BrowserRealtimeAudio } from 'virtual:peer/ai/src/realtime/browser-realtime-audio.ts'
import { encodeBase64 } from '../../../../src/shared/base64.ts'
import type { PlayerFactory } from '../player.ts'

/** What its realtime session plays through. */
export const adapter: PlayerFactory = () => {
  let audio: BrowserRealtimeAudio | undefined
  let playing = false
  return {
    async open(wireRate) {
      audio = new BrowserRealtimeAudio({
        captureSampleRate: wireRate,
        playbackSampleRate: wireRate,
        onAudio() {},
        onPlayingChange: (isPlaying) => (playing = isPlaying),
        onCapturingChange() {},
      })
      await audio.resumePlayback()
    },
    write: (_itemId, pcm) => audio?.playAudio(encodeBase64(new Uint8Array(pcm.buffer))),
    async flush() {
      // Its session asks only while it plays.
      const heardMs = playing ? audio?.getPlaybackOffsetMs() : undefined
      audio?.stopPlayback()
      return heardMs
    },
  }
}
