import type { Conversation } from '../openai/conversation.ts'
import type { DialectOf } from '../openai/dialect.ts'
import type { WireMessage } from '../openai/wire.ts'
import { XaiMessages } from './client-messages.ts'
import { XaiEvents } from './server-events.ts'

/**
 * What is kept of conversations whose client asked for it, so that another connection goes on with them:
 * transcripts, calls and their outputs. They do not expire here; xAI's do, after 30 minutes.
 */
export class XaiConversations {
  readonly #kept = new Map<string, Conversation>()

  /** The dialect of a connection that wants to go on with a conversation, or to begin one. */
  dialectOf(wantedId: string | undefined): DialectOf {
    return (conversation, emit) => {
      const id = wantedId ?? conversation.id
      const messages = new XaiMessages(() => this.#resume(id, conversation, emit))
      const events = new XaiEvents(id, messages)
      return {
        encode: (event) => events.encode(event),
        decode: (message) => messages.decode(message),
      }
    }
  }

  #resume(id: string, conversation: Conversation, emit: (event: WireMessage) => void): void {
    const before = this.#kept.get(id)
    if (before === conversation) return
    this.#kept.set(id, conversation)
    for (const { wire } of before?.items ?? []) {
      conversation.insert({ wire })
      emit({ type: 'conversation.item.created', previous_item_id: null, item: wire })
    }
  }
}
