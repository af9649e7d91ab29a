import type { Engine } from './engine.ts'
import type { MicrophoneInputListener } from './microphone-input.ts'
import type { SpeakerOutputListener } from './speaker-output.ts'

/** Takes what a microphone tells of. */
export function microphoneListener(engine: Engine): MicrophoneInputListener {
  return {
    onFrame: (samples) => engine.guard(() => engine.model.handleAudioInput(samples)),
    onEcho: (payload) => engine.report({ type: 'echo', payload }),
    onSpeech: (speaking) => {
      engine.tellOfSpeech(speaking, 'microphone')
      if (!speaking || engine.start?.onLocalSpeech !== 'cut') return
      engine.take('interrupted')
      // The worklet has fallen silent by itself; if there was nothing to interrupt, it is to go on.
      engine.output.resume()
    },
  }
}

/** Takes what a speaker tells of. */
export function speakerListener(engine: Engine): SpeakerOutputListener {
  return {
    onQueued: () => engine.meter.mark('firstAudioAt'),
    onStarted: () => {
      engine.meter.mark('firstSoundAt')
      engine.take('soundStarted')
    },
    onHeard: (heard, over) => engine.transcripts.hear(heard, over),
    onDrained: () => engine.take('soundEnded'),
  }
}
