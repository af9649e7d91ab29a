import type { HeardItem, ModelEvents, OutputTrack } from '../providers/model.ts'

/** How far audio goes for the text that was checked. */
export interface Pace {
  /** Rate of the audio, Hz. */
  readonly sampleRate: number
  readonly maxLettersPerSecond: number
  readonly marginMs: number
}

/** An answer, as the guard sees it. */
export interface GuardedResponse {
  /** `undefined`: of something that the model says without having begun an answer. */
  readonly id: string | undefined
  /** Whether it is said in place of something else, and nothing in its own. */
  readonly isReplacement: boolean
  readonly items: GuardedItem[]
  /** Nothing more of it is let through. */
  dead: boolean
  /** The model has no more to say. */
  done: ModelEvents['responseDone'] | undefined
  /** Its end was told. */
  told: boolean
}

// Chinese and Japanese have no spaces, but punctuation.
const LAST_WORD = /[^\s\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f]*$/u

/** What is cut ends in a fade that makes no click. */
const FADE_SECONDS = 0.003

/** Letters and digits: what takes time to say. */
function lettersOf(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
}

/** One spoken piece of an answer, and how much of its audio is let through. */
export class GuardedItem {
  readonly id: string
  readonly response: GuardedResponse
  /** What of its text was found good. */
  good = ''
  /** Whether that is all of it. */
  clear = false
  /** Whether a check is under way. */
  checking = false
  /** The model will write no more audio. */
  ended = false
  readonly #pace: Pace
  readonly #fade: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #text = ''
  #final = false
  #held: Int16Array[] = []
  #received = 0
  #released = 0
  /** Samples that may be let through. */
  #limit = 0

  constructor(id: string, response: GuardedResponse, pace: Pace) {
    this.id = id
    this.response = response
    this.#pace = pace
    this.#fade = Math.ceil(FADE_SECONDS * pace.sampleRate)
  }

  /** Whether audio waits. */
  get holds(): boolean {
    return this.#held.length > 0
  }

  /** Whether all of it that is here was let through, and what may come will be. */
  get settled(): boolean {
    return this.clear && !this.holds
  }

  /** What was let through, as if it had been heard. */
  get heard(): HeardItem {
    const toMs = (samples: number): number => (samples * 1000) / this.#pace.sampleRate
    return { itemId: this.id, heardMs: toMs(this.#released), receivedMs: toMs(this.#received) }
  }

  hold(pcm: Int16Array): void {
    if (pcm.length === 0) return
    this.#held.push(pcm.slice())
    this.#received += pcm.length
  }

  /** Takes the whole text so far. */
  read(text: string, final: boolean): void {
    const goesOn = this.clear ? text === this.good : text.startsWith(this.good)
    // Other words than those that were found good: they are to be checked, too.
    if (!goesOn) this.#limit = Math.min(this.#limit, this.#released)
    this.clear &&= goesOn
    this.#text = text
    // No words are none, however final they are.
    this.#final = final && text !== ''
  }

  get text(): string {
    return this.#text
  }

  /** Whether its text is complete. */
  get final(): boolean {
    return this.#final
  }

  /**
   * Calls back when so much time has passed, unless it is called again.
   * @param ms Without it, or while audio or text is still to come for sure, or is all there, never.
   */
  onSettled(ms?: number, listener?: () => void): void {
    clearTimeout(this.#timer)
    const isDue = ms !== undefined && listener && this.ended && !this.#final && this.#text !== ''
    if (isDue) this.#timer = setTimeout(listener, ms)
  }

  /** What is to be checked next: whole words, as a part of one may look like another. */
  get due(): string | undefined {
    const text = this.#final ? this.#text : this.#text.slice(0, this.#text.search(LAST_WORD))
    return text === this.good && this.#final === this.clear ? undefined : text
  }

  /** A text that was due, and `final` then, is good. */
  approve(text: string, final: boolean): void {
    const { sampleRate, maxLettersPerSecond, marginMs } = this.#pace
    this.good = text
    this.clear = final && this.#final && text === this.#text
    const seconds = lettersOf(text) / maxLettersPerSecond - marginMs / 1000
    this.#limit = this.clear ? Infinity : Math.floor(seconds * sampleRate)
  }

  /** Lets through what may be. */
  release(output: OutputTrack): void {
    // Of what is not complete a fade is kept back.
    const limit = this.clear ? Infinity : Math.min(this.#limit, this.#received) - this.#fade
    for (let chunk = this.#held[0]; chunk && this.#released < limit; chunk = this.#held[0]) {
      const part = chunk.subarray(0, limit - this.#released)
      if (part.length < chunk.length) this.#held[0] = chunk.subarray(part.length)
      else this.#held.shift()
      this.#write(output, part)
    }
    if (this.ended && this.settled) output.end(this.id)
  }

  /** Ends here: what is held is forgotten. */
  cut(output: OutputTrack): void {
    const tail = this.#held[0]?.subarray(0, this.#fade)
    const step = 1 / (tail?.length ?? 1)
    if (tail && this.#released > 0)
      this.#write(
        output,
        tail.map((sample, i) => sample * (1 - (i + 1) * step)),
      )
    this.drop()
    output.end(this.id)
  }

  /** Forgets what is held. */
  drop(): void {
    this.#held = []
  }

  #write(output: OutputTrack, pcm: Int16Array): void {
    this.#released += pcm.length
    output.write(this.id, pcm)
  }
}
