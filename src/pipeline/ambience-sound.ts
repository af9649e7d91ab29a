import { AudioError, invalidOption } from '../core/errors.ts'

/** Of most devices. A context plays a buffer of another rate as well, a little duller. */
const USUAL_RATE = 48_000
const TICK_RATE = 24_000
/** Two ticks, the second a little lower. */
const TICKS: readonly (readonly [atSeconds: number, hertz: number])[] = [
  [0, 1050],
  [0.6, 790],
]

/** A sound that is not the agent's voice. */
export interface AmbienceSound {
  /** Decoded, or a file's content, or its URL. The content is copied. */
  readonly source: AudioBuffer | ArrayBuffer | string
  /** 0 to 1. Default 0.2. */
  readonly volume?: number
  /** Whether it begins anew at its end. Default `true`. */
  readonly loop?: boolean
}

/** A sound that is ready to be played. */
export interface LoadedSound {
  readonly buffer: AudioBuffer
  readonly volume: number
  readonly loop: boolean
}

/**
 * Checks and decodes a sound; `true` is the ticks. Rejects with an `OptionError` or an `AudioError`.
 * @param context Where it is to be played, if that is known.
 */
export async function loadSound(
  option: string,
  sound: AmbienceSound | true,
  context: BaseAudioContext | undefined,
): Promise<LoadedSound> {
  const { source = ticks(), volume = 0.2, loop = true } = sound === true ? {} : sound
  checkVolume(`${option}.volume`, volume)
  return { buffer: await decode(`${option}.source`, source, context?.sampleRate), volume, loop }
}

/** @throws OptionError if it is none. */
export function checkVolume(option: string, volume: number): void {
  if (!(volume >= 0 && volume <= 1)) throw invalidOption('ambience()', option, '0 to 1')
}

async function decode(
  option: string,
  source: AmbienceSound['source'],
  sampleRate = USUAL_RATE,
): Promise<AudioBuffer> {
  if (source instanceof AudioBuffer) return source
  if (typeof source !== 'string' && !(source instanceof ArrayBuffer))
    throw invalidOption('ambience()', option, 'an AudioBuffer, an ArrayBuffer or a URL')
  // Decoding takes the content away from the caller.
  const content = typeof source === 'string' ? await load(option, source) : source.slice(0)
  try {
    return await new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(content)
  } catch (cause) {
    throw failed(option, 'be decoded: use WAV, MP3 or AAC', false, cause)
  }
}

async function load(option: string, url: string): Promise<ArrayBuffer> {
  let status = ''
  try {
    const response = await fetch(url)
    if (response.ok) return await response.arrayBuffer()
    status = ` (HTTP ${response.status})`
  } catch (cause) {
    throw failed(option, 'be loaded: look at its URL', true, cause)
  }
  throw failed(option, `be loaded${status}: look at its URL`, true)
}

function failed(option: string, what: string, retryable: boolean, cause?: unknown): AudioError {
  return new AudioError(`ambience(): ${option} cannot ${what}.`, {
    code: 'audio-unsupported',
    retryable,
    cause,
  })
}

function ticks(): AudioBuffer {
  const buffer = new AudioBuffer({ length: 1.2 * TICK_RATE, sampleRate: TICK_RATE })
  const samples = buffer.getChannelData(0)
  for (const [at, hertz] of TICKS) {
    for (let i = 0; i < 0.1 * TICK_RATE; i++) {
      const seconds = i / TICK_RATE
      // The attack is as short as can be without a click.
      const level = Math.min(1, seconds * 500) * Math.exp(-seconds * 70)
      samples[at * TICK_RATE + i] = level * Math.sin(2 * Math.PI * hertz * seconds)
    }
  }
  return buffer
}
