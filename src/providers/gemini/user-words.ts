import type { Emit } from './events.ts'
import type { WireTranscription } from './wire.ts'

/** What {@link UserWords} work with. */
export interface UserWordsHost {
  readonly emit: Emit
  readonly newId: (kind: 'user') => string
}

/** What the user says, piece by piece. Pieces have no name: they belong to the turn that is open. */
export class UserWords {
  readonly #host: UserWordsHost
  #item: { readonly id: string; text: string; done: boolean } | undefined

  constructor(host: UserWordsHost) {
    this.#host = host
  }

  /** Marks the place of a turn: what was said in it may only be known after the answer. */
  place(): void {
    if (!this.#item) this.hear({})
  }

  /** Takes the next piece. */
  hear({ text = '', finished = false }: WireTranscription): void {
    if (this.#item?.done) this.#item = undefined
    const item = (this.#item ??= { id: this.#host.newId('user'), text: '', done: false })
    item.text += text
    item.done = finished
    this.#host.emit('transcript', {
      id: item.id,
      role: 'user',
      text: item.text.trimStart(),
      final: finished,
    })
  }

  /** The turn is over: what is said now is another one. */
  close(): void {
    if (this.#item && !this.#item.done) this.hear({ finished: true })
    this.#item = undefined
  }
}
