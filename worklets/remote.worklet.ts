/* Lets a voice pass that comes as a track. */
import { VoiceGate } from '../src/shared/voice-gate.ts'
import { voiceProcessor } from './voice-processor.ts'

registerProcessor(
  'vivavoce-remote',
  voiceProcessor((...setup) => new VoiceGate(...setup)),
)
