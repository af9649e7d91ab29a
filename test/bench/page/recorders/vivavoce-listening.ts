import { localSpeech } from '../../../../src/audio/local-speech.ts'
import { ourRecorder } from '../our-recorder.ts'
import type { RecorderFactory } from '../recorder.ts'

/** With `localSpeech()`, while an agent is audible: voice activity and echo are measured, too. */
export const adapter: RecorderFactory = () =>
  ourRecorder({ workletSource: localSpeech().workletSource }, (microphone) => {
    const { port1, port2 } = new MessageChannel()
    microphone.command({ type: 'connectPeer', port: port1 }, [port1])
    setInterval(() => port2.postMessage(0.1 + 0.1 * Math.random()), 20)
  })
