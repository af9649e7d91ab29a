import { ConverterType, create } from 'virtual:peer/@alexanderolsen/libsamplerate-js'
import { inBlocks, type ResampleBlock, type ResamplerAdapter } from '../resampler.ts'

const QUALITIES = ['SRC_SINC_FASTEST', 'SRC_SINC_MEDIUM_QUALITY', 'SRC_SINC_BEST_QUALITY'] as const

/** What @elevenlabs/client resamples with in Firefox, there in its fastest quality: `quality` 0 to 2. */
export const adapter: ResamplerAdapter = {
  async resample(tones, from, to, { quality = 0 }) {
    return inBlocks(tones, await opened(from, to, quality))
  },
  async open(from, to, { quality = 0 }) {
    return opened(from, to, quality)
  },
}

async function opened(from: number, to: number, quality: number): Promise<ResampleBlock> {
  const converterType = ConverterType[QUALITIES[quality] ?? 'SRC_SINC_FASTEST']
  const src = await create(1, from, to, { converterType })
  return (block) => src.full(block)
}
