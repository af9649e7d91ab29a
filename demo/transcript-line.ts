import { create } from './dom.ts'
import type { Transcript } from './sdk.ts'

/** One utterance on the page. Its text comes from a model and is only ever set as text. */
export class TranscriptLine {
  readonly element: HTMLLIElement
  readonly #heard = create('span', 'heard')
  readonly #unheard = create('span', 'unheard')
  readonly #note = create('p', 'note')
  #interrupted = false

  constructor(role: Transcript['role'], name: string) {
    const speaker = create('span', 'speaker', name)
    const words = create('p', 'words', '', this.#heard, this.#unheard)
    this.#note.hidden = true
    this.element = create('li', 'line', '', speaker, words, this.#note)
    this.element.dataset.role = role
  }

  show({ text, heardText, final }: Pick<Transcript, 'text' | 'heardText' | 'final'>): void {
    const unheard = text.slice(heardText.length).trimStart()
    // The space between belongs to what was heard, so that a stroke begins at a word.
    this.#heard.textContent = text.slice(0, text.length - unheard.length)
    this.#unheard.textContent = unheard
    this.element.dataset.final = String(final)
    this.#strike(final)
  }

  /** Keeps a place for words that are being said. */
  showSpeaking(): void {
    this.#unheard.textContent = '…'
  }

  /** Marks what follows as never heard. */
  showInterruption(heardMs: number): void {
    this.#interrupted = true
    const when = heardMs > 0 ? `after ${(heardMs / 1000).toFixed(1)} s` : 'before it was heard'
    this.#note.textContent = `Interrupted ${when}.`
    this.#note.hidden = false
    this.#strike(true)
  }

  #strike(over: boolean): void {
    this.#unheard.classList.toggle('struck', over || this.#interrupted)
  }
}
