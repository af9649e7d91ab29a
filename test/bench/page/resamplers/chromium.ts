import type { ResamplerAdapter } from '../resampler.ts'

/** An `AudioBufferSourceNode` whose buffer has another rate than its context: how many a player resamples. */
export const adapter: ResamplerAdapter = {
  async resample(tones, from, to) {
    return Promise.all(tones.map((tone) => rendered(tone, from, to)))
  },
}

async function rendered(tone: Float32Array, from: number, to: number): Promise<Float32Array> {
  const context = new OfflineAudioContext(1, Math.floor((tone.length * to) / from), to)
  const buffer = new AudioBuffer({ length: tone.length, sampleRate: from })
  buffer.copyToChannel(new Float32Array(tone), 0)
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(context.destination)
  source.start()
  return (await context.startRendering()).getChannelData(0)
}
