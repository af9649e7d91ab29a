import { resampleAudio } from 'virtual:peer/ai/src/realtime/audio-utils.ts'
import { inBlocks, type ResamplerAdapter } from '../resampler.ts'

/** Frames of the blocks that it captures. */
const BLOCK_FRAMES = 1024

/** What its capture does where the browser refuses a context at the wire's rate. */
export const adapter: ResamplerAdapter = {
  async resample(tones, from, to) {
    return inBlocks(tones, (block) => resampleAudio(block, from, to), BLOCK_FRAMES)
  },
  async open(from, to) {
    return (block) => resampleAudio(block, from, to)
  },
}
