import { Speaker } from '../../../../src/audio/speaker.ts'
import { SpeakerOutput } from '../../../../src/engine/speaker-output.ts'
import type { PlayerFactory } from '../player.ts'

/** Our speaker, commanded as the engine does it. */
export const adapter: PlayerFactory = () => {
  let output: SpeakerOutput | undefined
  return {
    async open(wireRate) {
      const speaker = await Speaker.open({
        deviceId: undefined,
        wireRate,
        onLocalSpeech: 'duck',
        workletUrl: undefined,
        signal: new AbortController().signal,
        onError: reportError,
      })
      output = new SpeakerOutput(wireRate, {
        onQueued() {},
        onStarted() {},
        onHeard() {},
        onDrained() {},
      })
      output.latencySeconds = speaker.latency
      output.attach(speaker.connect(wireRate))
    },
    write: (itemId, pcm) => output?.write(itemId, pcm),
    end: (itemId) => output?.end(itemId),
    async flush() {
      const [heard] = (await output?.flush()) ?? []
      return heard?.heardMs
    },
  }
}
