/* Plays what the engine writes. */
import { Player } from '../src/shared/player.ts'
import { voiceProcessor } from './voice-processor.ts'

registerProcessor(
  'vivavoce-playback',
  voiceProcessor((...setup) => new Player(...setup)),
)
