import type { invalidOption } from '../core/errors.ts'
import { floatToPcm16 } from '../shared/pcm.ts'
import { Resampler } from '../shared/resampler.ts'

/**
 * A recording: decoded, or a file that the browser decodes (WAV, MP3, …), or samples of one channel,
 * from −1 to 1, or −32 768 to 32 767 if they are whole numbers.
 */
export type AudioClip =
  | AudioBuffer
  | Blob
  | ArrayBuffer
  | { readonly pcm: Float32Array | Int16Array; readonly sampleRate: number }

/** A recording as mono PCM16 of another rate, Hz. Rejects with an `OptionError` if it is none. */
export async function pcmOf(
  clip: AudioClip,
  rate: number,
  context: BaseAudioContext | undefined,
  makeError: typeof invalidOption,
): Promise<Int16Array> {
  const { samples, sampleRate } = await samplesOf(clip, context, makeError)
  if (!(sampleRate >= 3000 && sampleRate <= 768_000)) throw makeError('say()', 'sampleRate', 'a rate in Hz')
  const resampler = new Resampler(sampleRate, rate)
  const length = Math.ceil((samples.length * rate) / sampleRate)
  // What rings out of the filter belongs to it.
  const input = new Float32Array(resampler.inputFramesFor(length))
  input.set(samples.subarray(0, input.length))
  const output = new Float32Array(length)
  resampler.process(input, input.length, output, length)
  const pcm = new Int16Array(length)
  floatToPcm16(output, 0, pcm, 0, length)
  return pcm
}

async function samplesOf(
  clip: AudioClip,
  context: BaseAudioContext | undefined,
  makeError: typeof invalidOption,
): Promise<{ readonly samples: Float32Array; readonly sampleRate: number }> {
  if ('pcm' in clip) {
    const { pcm, sampleRate } = clip
    return {
      samples: pcm instanceof Int16Array ? Float32Array.from(pcm, (one) => one / 32_768) : pcm,
      sampleRate,
    }
  }
  const buffer = clip instanceof AudioBuffer ? clip : await decode(clip, context, makeError)
  const { numberOfChannels, length, sampleRate } = buffer
  const samples = new Float32Array(length)
  for (let channel = 0; channel < numberOfChannels; channel++) {
    for (const [i, sample] of buffer.getChannelData(channel).entries())
      samples[i] = (samples[i] ?? 0) + sample / numberOfChannels
  }
  return { samples, sampleRate }
}

async function decode(
  file: Blob | ArrayBuffer,
  context: BaseAudioContext | undefined,
  makeError: typeof invalidOption,
): Promise<AudioBuffer> {
  try {
    // Decoding takes the buffer away from whoever has it.
    const bytes = file instanceof Blob ? await file.arrayBuffer() : file.slice(0)
    return await (context ?? new OfflineAudioContext(1, 1, 48_000)).decodeAudioData(bytes)
  } catch {
    throw makeError('say()', 'what', 'a text, or a recording that the browser can decode')
  }
}
