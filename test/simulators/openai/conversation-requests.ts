import { invalidValue, type ClientError } from './client-error.ts'
import { itemError, itemFrom, itemWithAudio } from './client-items.ts'
import type { ClientMessageOf } from './client-messages.ts'
import { truncateItem, type Conversation, type ConversationItem } from './conversation.ts'
import type { WireMessage } from './wire.ts'

type Verb = 'retrieve' | 'delete' | 'truncate'

/** What a client may do to the items of its conversation. */
export class ConversationRequests {
  readonly #conversation: Conversation
  readonly #emit: (event: WireMessage) => void

  constructor(conversation: Conversation, emit: (event: WireMessage) => void) {
    this.#conversation = conversation
    this.#emit = emit
  }

  /** Adds an item; gives it, or what is wrong with it. */
  create(
    message: ClientMessageOf<'conversation.item.create'>,
    maxImageBytes: number,
  ): ConversationItem | ClientError {
    const error = itemError(this.#conversation, message)
    if (error) return error
    const item = itemFrom(message.item, maxImageBytes)
    if (!('wire' in item)) return item
    this.#conversation.insert(item, message.previous_item_id)
    this.announce(item)
    return item
  }

  retrieve(message: ClientMessageOf<'conversation.item.retrieve'>): ClientError | undefined {
    return this.#withItem(message, 'retrieve', (item) => {
      this.#emit({ type: 'conversation.item.retrieved', item: itemWithAudio(item) })
    })
  }

  delete(message: ClientMessageOf<'conversation.item.delete'>): ClientError | undefined {
    return this.#withItem(message, 'delete', () => {
      this.#conversation.delete(message.item_id)
      this.#emit({ type: 'conversation.item.deleted', item_id: message.item_id })
    })
  }

  truncate(message: ClientMessageOf<'conversation.item.truncate'>): ClientError | undefined {
    return this.#withItem(message, 'truncate', (item) => this.#truncate(item, message))
  }

  /** Tells the client of an item that is complete. */
  announce({ wire }: ConversationItem): void {
    const fields = { previous_item_id: this.#conversation.previousOf(wire.id), item: wire }
    this.#emit({ type: 'conversation.item.added', ...fields })
    this.#emit({ type: 'conversation.item.done', ...fields })
  }

  #withItem(
    { item_id: itemId }: { readonly item_id: string },
    verb: Verb,
    use: (item: ConversationItem) => ClientError | undefined | void,
  ): ClientError | undefined {
    const item = this.#conversation.find(itemId)
    if (item) return use(item) ?? undefined
    const message = `Cannot ${verb} item: the item with id '${itemId}' does not exist.`
    return { code: `item_${verb}_invalid_item_id`, message, param: 'item_id' }
  }

  #truncate(
    item: ConversationItem,
    message: ClientMessageOf<'conversation.item.truncate'>,
  ): ClientError | undefined {
    const { item_id, content_index, audio_end_ms: endMs } = message
    const spoken = item.wire.type === 'message' && item.wire.role === 'assistant' ? item.pcm : undefined
    if (!spoken) {
      return {
        code: 'unsupported_content_type',
        message: 'Only model output audio messages can be truncated',
        param: null,
      }
    }
    if (content_index !== 0) return invalidValue('The item has one part only.', 'content_index')
    const lengthMs = spoken.length / 24
    if (endMs > lengthMs) {
      return invalidValue(`Audio content of ${Math.floor(lengthMs)}ms is already shorter than ${endMs}ms`)
    }
    truncateItem(item, endMs)
    this.#emit({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms: endMs })
    return undefined
  }
}
