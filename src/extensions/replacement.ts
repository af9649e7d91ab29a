import type { ReplyRequest } from '../providers/model.ts'

/** The end of an answer that was cut is not waited for any longer. */
const PATIENCE_MS = 1000

/** What is said in place of an answer that was cut, once the model is done with that. */
export class Replacement {
  readonly #say: (request: () => ReplyRequest) => void
  #text: (() => string) | undefined
  #of: unknown
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Of what was asked for, and has not begun. */
  #replyId: string | undefined

  /** @param say Takes what to ask for; it throws if the application's own function does. */
  constructor(say: (request: () => ReplyRequest) => void) {
    this.#say = say
  }

  /** @param answer What was cut, to be known by. */
  prepare(answer: object, text: () => string): void {
    this.cancel()
    this.#of = answer
    this.#text = text
    this.#timer = setTimeout(() => this.over(answer), PATIENCE_MS)
  }

  /** The model is done with an answer. */
  over(answer: object): void {
    const text = this.#of === answer && this.#text
    if (!text) return
    this.cancel()
    const replyId = (this.#replyId = crypto.randomUUID())
    this.#say(() => ({ replyId, text: text() }))
  }

  /** Whether an answer that begins is what was asked for, as far as the model tells. */
  begins(replyId: string | undefined): boolean {
    const asked = this.#replyId
    if (!asked || (replyId ?? asked) !== asked) return false
    this.#replyId = undefined
    return true
  }

  /** It is not to be said any more. */
  cancel(): void {
    clearTimeout(this.#timer)
    this.#of = this.#text = this.#replyId = undefined
  }
}
