import { speak } from '../speech.ts'

const SAMPLES_PER_MS = 24
/** A voice that breaks off does so in that time. */
const FADE_SAMPLES = 480

interface Spoken {
  readonly pcm: Int16Array
  readonly words: readonly { readonly text: string; readonly startMs: number }[]
}

/** A word was begun. Times count from the beginning of the session. */
export interface SpokenWord {
  readonly text: string
  readonly startMs: number
  readonly endMs: number
}

/** The voice of a Live session: goes on all the time, silent where there is nothing to say. */
export class VoiceLine {
  readonly #onWord: (word: SpokenWord) => void
  readonly #queue: Spoken[] = []
  #current: Spoken | undefined
  #position = 0
  #word = 0
  #fade = 0
  #samples = 0
  #loading = 0
  #spoke = false

  constructor(onWord: (word: SpokenWord) => void) {
    this.#onWord = onWord
  }

  /** Time of the session, ms: what was given out. */
  get nowMs(): number {
    return this.#samples / SAMPLES_PER_MS
  }

  /** Whether there is anything to say. */
  get talking(): boolean {
    return this.#current !== undefined || this.#queue.length > 0 || this.#loading > 0
  }

  /** Says a text when everything before it was said. */
  async say(text: string): Promise<void> {
    this.#loading++
    try {
      this.#queue.push(await speak(text, { sampleRate: 24_000 }))
    } finally {
      this.#loading--
    }
  }

  /** Breaks off, and forgets what was still to be said. */
  stop(): void {
    this.#queue.length = 0
    if (this.#current) this.#fade = FADE_SAMPLES
  }

  /** Gives the next samples. */
  read(frame: Int16Array): void {
    frame.fill(0)
    for (let index = 0; index < frame.length; index++) {
      this.#current ??= this.#next()
      if (!this.#current) break
      this.#announce(this.#current, index)
      frame[index] = this.#sample(this.#current)
    }
    this.#samples += frame.length
  }

  #next(): Spoken | undefined {
    this.#position = this.#word = this.#fade = 0
    return this.#queue.shift()
  }

  #announce({ pcm, words }: Spoken, index: number): void {
    const word = words[this.#word]
    if (this.#fade > 0 || !word || this.#position < word.startMs * SAMPLES_PER_MS) return
    this.#word++
    const startMs = Math.round(this.nowMs + index / SAMPLES_PER_MS)
    const lastsMs = (words[this.#word]?.startMs ?? pcm.length / SAMPLES_PER_MS) - word.startMs
    // Words come with the space before them, as tokens do.
    const text = this.#spoke && !word.text.startsWith(' ') ? ` ${word.text}` : word.text
    this.#spoke = true
    this.#onWord({ text, startMs, endMs: startMs + Math.round(lastsMs) })
  }

  #sample({ pcm }: Spoken): number {
    const sample = pcm[this.#position++] ?? 0
    const gain = this.#fade > 0 ? this.#fade / FADE_SAMPLES : 1
    if (this.#fade > 0 && --this.#fade === 0) this.#current = undefined
    if (this.#position >= pcm.length) this.#current = undefined
    return Math.round(sample * gain)
  }
}
