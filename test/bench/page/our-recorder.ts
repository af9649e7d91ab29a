import { Microphone, type MicrophoneSetup } from '../../../src/audio/microphone.ts'
import { MicrophoneInput } from '../../../src/engine/microphone-input.ts'
import type { Recorder } from './recorder.ts'

/** Our microphone, read as the engine does it. `prepare` sets up what a pipeline would besides. */
export function ourRecorder(
  setup: Partial<MicrophoneSetup>,
  prepare?: (microphone: Microphone) => void,
): Recorder {
  return {
    async open(wireRate, onChunk) {
      const microphone = await Microphone.open({
        source: {},
        wireRate,
        muted: false,
        workletUrl: undefined,
        signal: new AbortController().signal,
        // A synthetic microphone cancels no echo, which is told as an error; what fails gives no chunks.
        onError() {},
        ...setup,
      })
      prepare?.(microphone)
      const input = new MicrophoneInput({ onFrame: onChunk, onSpeech() {}, onEcho() {} })
      input.attach(microphone.connect(wireRate))
      input.open()
    },
  }
}
