import { Resampler } from '../../../../src/shared/resampler.ts'
import { inBlocks, type ResampleBlock, type ResamplerAdapter } from '../resampler.ts'

export const adapter: ResamplerAdapter = {
  async resample(tones, from, to) {
    return inBlocks(tones, opened(from, to, true))
  },
  async open(from, to) {
    return opened(from, to, false)
  },
}

function opened(from: number, to: number, keep: boolean): ResampleBlock {
  const resampler = new Resampler(from, to)
  const output = new Float32Array(4096)
  return (block) => {
    const written = resampler.process(block, block.length, output)
    return keep ? output.slice(0, written) : output
  }
}
