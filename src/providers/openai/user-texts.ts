import type { ConversationHost } from './conversation-host.ts'

/** What the user said, item by item, in whichever order it is told. */
export class UserTexts {
  readonly #emit: ConversationHost['emit']
  /** The text so far; `null` if nothing is to be added any more. */
  readonly #texts = new Map<string, string | null>()

  constructor(emit: ConversationHost['emit']) {
    this.#emit = emit
  }

  /** Marks an item's place in the conversation: what was said in it may only be known after the answer. */
  place(id: string): void {
    if (!this.#texts.has(id)) this.add(id)
  }

  /** Of an item that nobody spoke in, nothing is told. */
  ignore(id: string): void {
    this.#texts.set(id, null)
  }

  /** @param whole The whole text, when it is complete; null if that is what was added. */
  add(id: string, added?: string | null, whole?: string | null): void {
    const before = this.#texts.get(id)
    if (before === null) return
    const final = whole !== undefined
    const text = whole ?? (before ?? '') + (added ?? '')
    this.#texts.set(id, final ? null : text)
    this.#emit('transcript', { id, role: 'user', text: text.trimStart(), final })
  }

  /** Nothing more will be known of what was said. Returns whether that matters. */
  fail(id: string): boolean {
    const before = this.#texts.get(id)
    if (before !== undefined) this.add(id, '', null)
    return before !== null
  }
}
