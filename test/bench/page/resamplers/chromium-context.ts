import { sine } from '../../../unit/signal-analysis.ts'
import { caught } from '../audio-patches.ts'
import { soundIn } from '../rendered.ts'
import type { ResamplerAdapter } from '../resampler.ts'
import { sleep } from '../timing.ts'

/** A stream that begins may stumble: what is measured comes after a tone that is not, and a pause. */
const LEAD_SECONDS = 0.3
const PAUSE_SECONDS = 0.1

/** A microphone in a context of another rate, `AudioContext({ sampleRate })`: how most capture. In real time. */
export const adapter: ResamplerAdapter = {
  async resample(tones, from, to) {
    const microphone = new AudioContext({ sampleRate: from })
    const stream = new MediaStreamAudioDestinationNode(microphone, { channelCount: 1 })
    const context = new AudioContext({ sampleRate: to })
    context.createMediaStreamSource(stream.stream).connect(context.destination)
    await Promise.all(caught.taps.map(({ ready }) => ready))
    await sleep(200)
    const lead = sine(440, from, LEAD_SECONDS * from)
    const pause = new Float32Array(PAUSE_SECONDS * from)
    await play(microphone, stream, [lead, pause, ...tones])
    const tap = caught.taps.find((candidate) => candidate.context === context)
    if (!tap) throw new Error('the context is not tapped')
    const recording = await tap.read()
    const leadBegin = soundIn(recording).begin
    const inPause = leadBegin + Math.round((LEAD_SECONDS + PAUSE_SECONDS / 2) * to)
    let at = soundIn(recording, inPause).begin
    return tones.map((tone) => {
      const begin = Math.round(at)
      at += (tone.length * to) / from
      return recording.samples.slice(begin, Math.floor(at))
    })
  },
}

async function play(context: AudioContext, to: AudioNode, parts: readonly Float32Array[]): Promise<void> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const buffer = new AudioBuffer({ length, sampleRate: context.sampleRate })
  let at = 0
  for (const part of parts) {
    buffer.copyToChannel(new Float32Array(part), 0, at)
    at += part.length
  }
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(to)
  source.start()
  await new Promise((resolve) => {
    source.onended = resolve
  })
  await sleep(200)
}
