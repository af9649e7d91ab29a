import { speak } from '../simulators/speech.ts'

/** Samples of silence. */
export function silence(seconds: number, sampleRate: number): Float32Array {
  return new Float32Array(Math.round(seconds * sampleRate))
}

/** Noise of a level, dBFS; the same for the same seed. Pink falls by 3 dB per octave. */
export function noise(
  colour: 'white' | 'pink',
  levelDb: number,
  seconds: number,
  sampleRate: number,
  seed = 1,
): Float32Array {
  let state = seed
  let [slow, middle, fast] = [0, 0, 0]
  const samples = silence(seconds, sampleRate).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    const white = state / 2 ** 31
    if (colour === 'white') return white
    slow = 0.997_65 * slow + 0.099_046 * white
    middle = 0.963 * middle + 0.296_516_4 * white
    fast = 0.57 * fast + 1.052_691_3 * white
    return slow + middle + fast + 0.1848 * white
  })
  return scaled(samples, levelDb - decibels(meanPower(samples)))
}

/** A spoken text at an active level, dBFS. */
export async function voice(
  text: string,
  levelDb: number,
  sampleRate: number,
  name = 'en-us',
): Promise<Float32Array> {
  const { pcm } = await speak(text, { sampleRate, voice: name })
  return atLevel(
    Float32Array.from(pcm, (sample) => sample / 32_768),
    levelDb,
    sampleRate,
  )
}

/** A voice, so that its active level is `levelDb`, dBFS. */
export function atLevel(samples: Float32Array, levelDb: number, sampleRate: number): Float32Array {
  return scaled(samples, levelDb - activeLevel(samples, sampleRate))
}

/** Sentences of one voice one after the other, `pauseSeconds` apart, until `seconds` are full. */
export async function monologue(
  sentences: readonly string[],
  levelDb: number,
  seconds: number,
  sampleRate: number,
  { name = 'en-us', pauseSeconds = 0.4, from = 0 } = {},
): Promise<Float32Array> {
  const track = silence(seconds, sampleRate)
  let at = Math.round(from * sampleRate)
  for (let i = 0; at < track.length; i++) {
    const sentence = await voice(sentences[i % sentences.length] ?? '', levelDb, sampleRate, name)
    track.set(sentence.subarray(0, track.length - at), at)
    at += sentence.length + Math.round(pauseSeconds * sampleRate)
  }
  return track
}

/** Louder by `gainDb`, and later by `delaySeconds`; of the same length. */
export function echoOf(
  samples: Float32Array,
  gainDb: number,
  delaySeconds: number,
  sampleRate: number,
): Float32Array {
  const echo = new Float32Array(samples.length)
  const delay = Math.round(delaySeconds * sampleRate)
  echo.set(samples.subarray(0, samples.length - delay), delay)
  return scaled(echo, gainDb)
}

/** The sum, as long as the first; `atSeconds` is where the second begins. */
export function mixed(
  first: Float32Array,
  second: Float32Array,
  atSeconds = 0,
  sampleRate = 0,
): Float32Array {
  const sum = first.slice()
  const at = Math.round(atSeconds * sampleRate)
  for (let i = 0; i < second.length && at + i < sum.length; i++) {
    sum[at + i] = (sum[at + i] ?? 0) + (second[i] ?? 0)
  }
  return sum
}

/** Where 10 ms of a clean voice are first within 15 dB of its active level, seconds. */
export function onsetOf(samples: Float32Array, sampleRate: number): number {
  const bar = activeLevel(samples, sampleRate) - 15
  const window = sampleRate / 100
  for (let from = 0; from + window <= samples.length; from += window / 10) {
    const start = Math.round(from)
    if (decibels(meanPower(samples.subarray(start, start + window))) > bar) {
      return (start + window / 2) / sampleRate
    }
  }
  throw new Error('There is no voice.')
}

/** Root mean square of each of the hops. */
export function envelope(samples: Float32Array, hopFrames: number): number[] {
  return Array.from({ length: Math.floor(samples.length / hopFrames) }, (_, hop) =>
    Math.sqrt(meanPower(samples.subarray(hop * hopFrames, (hop + 1) * hopFrames))),
  )
}

/** Mean of the hops of 10 ms that are not pauses, dBFS. */
function activeLevel(samples: Float32Array, sampleRate: number): number {
  const powers = envelope(samples, sampleRate / 100).map((level) => level * level)
  const loud = powers.toSorted((a, b) => b - a)[Math.floor(powers.length / 20)] ?? 0
  const active = powers.filter((power) => power > loud / 300)
  return decibels(active.reduce((sum, power) => sum + power, 0) / active.length)
}

function scaled(samples: Float32Array, gainDb: number): Float32Array {
  const gain = 10 ** (gainDb / 20)
  return samples.map((sample) => sample * gain)
}

function meanPower(samples: Float32Array): number {
  let squares = 0
  for (const sample of samples) squares += sample * sample
  return squares / samples.length
}

function decibels(power: number): number {
  return 10 * Math.log10(power + 1e-12)
}
