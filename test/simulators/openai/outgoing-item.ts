import type { Conversation, ConversationItem, ItemContent, ItemStatus, WireItem } from './conversation.ts'
import type { McpTools } from './mcp-tools.ts'
import type { SessionOptions } from './options.ts'
import type { Pacer } from './pacer.ts'
import type { WireMessage } from './wire.ts'

/** How arguments are cut into deltas. */
export const ARGUMENT_PIECES: RegExp = /\s*(?:[\p{L}\d]+|[^\s\p{L}\d]+)/gu

/** What the items of a response need of it. */
export interface OutputItemsOptions {
  readonly responseId: string
  readonly modality: 'audio' | 'text'
  readonly maxOutputTokens: number | 'inf'
  readonly conversation: Conversation | undefined
  readonly mcp: McpTools
  readonly emit: (event: WireMessage) => void
  readonly options: SessionOptions
  readonly pacer: Pacer
  /** Whether more may be sent. */
  readonly goesOn: () => boolean
  /** Counts what is sent after a response was cancelled. */
  readonly deltaSent: () => void
}

/** An item on its way: announced, then sent delta by delta, then ended. */
export interface OutgoingItem {
  begin(): void
  stream(): Promise<void>
  finish(): void
}

/** Where an item stands in its response. */
export interface ItemPlace {
  readonly item: ConversationItem
  readonly at: { readonly item_id: string; readonly output_index: number }
}

/** What announces the items of a response, and ends them. */
export interface ItemWriter {
  begin(wire: WireItem): ItemPlace
  finish(place: ItemPlace, status?: ItemStatus, content?: readonly ItemContent[]): void
  streamText(
    type: string,
    at: Readonly<Record<string, unknown>>,
    pieces: readonly string[],
  ): Promise<{ readonly text: string; readonly completed: boolean }>
}
