import type { Numbers } from '../lab/cell.ts'

/** Resamples tones that follow each other without a pause, as a stream would be, and gives each one's part. */
export type Resample = (
  tones: readonly Float32Array[],
  from: number,
  to: number,
  settings: Numbers,
) => Promise<Float32Array[]>

/** Resamples one block of a stream. */
export type ResampleBlock = (block: Float32Array) => Float32Array

/** A module in `resamplers/` exports one as `adapter`. */
export interface ResamplerAdapter {
  readonly resample: Resample
  /** A resampler of which only the time is measured, per 128 frames. */
  open?(from: number, to: number, settings: Numbers): Promise<ResampleBlock>
}

/** Resamples each tone in blocks of `blockFrames`, as they come from an audio graph. */
export function inBlocks(
  tones: readonly Float32Array[],
  resample: ResampleBlock,
  blockFrames = 128,
): Float32Array[] {
  return tones.map((tone) => {
    const blocks: Float32Array[] = []
    for (let at = 0; at < tone.length; at += blockFrames)
      blocks.push(resample(tone.slice(at, at + blockFrames)))
    return joined(blocks)
  })
}

function joined(blocks: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(blocks.reduce((length, block) => length + block.length, 0))
  let at = 0
  for (const block of blocks) {
    whole.set(block, at)
    at += block.length
  }
  return whole
}
