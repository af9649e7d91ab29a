import { type Espeak, loadEspeak } from './espeak.ts'
import { joinPcm } from './pcm.ts'
import { resample } from './resample.ts'

/** How a text is to be spoken. */
export interface SpeechOptions {
  /** Rate of the samples, Hz. */
  readonly sampleRate: number
  /** A voice of eSpeak NG, such as `'en-us'` (the agent's, default), `'en-us+f3'` or `'en-gb-scotland'`. */
  readonly voice?: string
}

/** A word of a spoken text, and when it begins. */
export interface SpokenWord {
  /** The word with the white space before it: all of them joined are the text. */
  readonly text: string
  /** ms since the beginning of the audio. */
  readonly startMs: number
}

/** A spoken text. Treat it as read-only: it is shared by everybody who asked for it. */
export interface Speech {
  /** PCM16 mono. */
  readonly pcm: Int16Array
  readonly words: readonly SpokenWord[]
}

const CACHE_LIMIT = 100
const cache = new Map<string, Promise<Speech>>()
let espeak: Promise<Espeak> | undefined

/** Speaks a text, and says when each word begins. The synthesiser is loaded at the first call. */
export function speak(text: string, { sampleRate, voice = 'en-us' }: SpeechOptions): Promise<Speech> {
  const key = `${voice} ${sampleRate} ${text}`
  let speech = cache.get(key)
  if (!speech) {
    if (cache.size >= CACHE_LIMIT) cache.clear()
    espeak ??= loadEspeak()
    speech = espeak.then((it) => pronounce(it, text, sampleRate, voice))
    cache.set(key, speech)
  }
  return speech
}

/** Speaks a text. Gives a copy, so that the samples may be changed. */
export async function synthesize(text: string, options: SpeechOptions): Promise<Int16Array> {
  return (await speak(text, options)).pcm.slice()
}

function pronounce(espeak: Espeak, text: string, sampleRate: number, voice: string): Speech {
  const parts: Int16Array[] = []
  const starts = new Map<number, number>()
  espeak.synthesize(text, voice, (pcm, events) => {
    parts.push(pcm)
    for (const { type, text_position, audio_position } of events) {
      if (type === 'word' && !starts.has(text_position - 1)) starts.set(text_position - 1, audio_position)
    }
  })
  const pcm = resample(joinPcm(parts), espeak.sampleRate, sampleRate)
  return { pcm, words: placeWords(text, starts) }
}

function placeWords(text: string, starts: ReadonlyMap<number, number>): readonly SpokenWord[] {
  let startMs = 0
  return [...text.matchAll(/\s*\S+\s*$|\s*\S+/g)].map(({ 0: word, index }) => {
    for (let position = index; position < index + word.length; position++) {
      const ms = starts.get(position)
      if (ms === undefined) continue
      startMs = Math.max(startMs, ms)
      break
    }
    return { text: word, startMs }
  })
}
