import { type AgentItem, decodePcm, textOf } from './agent-items.ts'
import type { ConversationHost } from './conversation-host.ts'

/** A part of what an item says, or its end. */
interface Words {
  readonly content_index?: number | null
  readonly delta?: string
}

/** Passes on what the agent says, in sound and in words. Items that nobody wants are `undefined`. */
export class AgentVoice {
  readonly #host: Pick<ConversationHost, 'emit' | 'session'>

  constructor(host: Pick<ConversationHost, 'emit' | 'session'>) {
    this.#host = host
  }

  /** @param base64 The item's next samples. */
  write(item: AgentItem | undefined, base64: string): void {
    if (item) this.#host.session.output.write(item.id, decodePcm(item, base64))
  }

  /** The item's audio is complete. */
  endAudio(item: AgentItem | undefined): void {
    // What a track carries ends when it has sounded.
    if (!item?.samples || item.ended) return
    item.ended = true
    this.#host.session.output.end(item.id)
  }

  /** @param whole The text of the part, when it is complete; null if that is what was added. */
  say(item: AgentItem | undefined, at: Words, whole?: string | null): void {
    if (!item) return
    const index = at.content_index ?? 0
    const before = item.parts[index] ?? ''
    const text = (item.parts[index] = whole ?? before + (at.delta ?? ''))
    if (text !== before) this.#transcribe(item)
  }

  /** Nothing more comes of the item. */
  finish(item: AgentItem | undefined): void {
    this.endAudio(item)
    if (!item || item.final || !textOf(item)) return
    item.final = true
    this.#transcribe(item)
  }

  #transcribe(item: AgentItem): void {
    const { id, final = false } = item
    this.#host.emit('transcript', { id, role: 'agent', text: textOf(item), final })
  }
}
