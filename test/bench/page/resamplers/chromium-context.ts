import { caught } from '../audio-patches.ts'
import { soundIn } from '../rendered.ts'
import type { ResamplerAdapter } from '../resampler.ts'
import { sleep } from '../timing.ts'

/** A microphone in a context of another rate, `AudioContext({ sampleRate })`: how most capture. In real time. */
export const adapter: ResamplerAdapter = {
  async resample(tones, from, to) {
    const microphone = new AudioContext({ sampleRate: from })
    const stream = new MediaStreamAudioDestinationNode(microphone, { channelCount: 1 })
    const context = new AudioContext({ sampleRate: to })
    context.createMediaStreamSource(stream.stream).connect(context.destination)
    await Promise.all(caught.taps.map(({ ready }) => ready))
    await sleep(300)
    const frames = tones.reduce((sum, tone) => sum + tone.length, 0)
    const buffer = new AudioBuffer({ length: frames, sampleRate: from })
    let at = 0
    const starts = tones.map((tone) => {
      const start = at
      buffer.copyToChannel(new Float32Array(tone), 0, at)
      at += tone.length
      return start
    })
    const source = new AudioBufferSourceNode(microphone, { buffer })
    source.connect(stream)
    source.start()
    await sleep((frames * 1000) / from + 300)
    const tap = caught.taps.find((candidate) => candidate.context === context)
    if (!tap) throw new Error('the context is not tapped')
    const recording = await tap.read()
    const { begin } = soundIn(recording)
    return tones.map((tone, i) => {
      const start = begin + Math.round(((starts[i] ?? 0) * to) / from)
      return recording.samples.slice(start, start + Math.floor((tone.length * to) / from))
    })
  },
}
