import type { SpokenWord } from '../speech.ts'
import { newId } from './wire.ts'

/** A part of a message, as the wire shows it (never with its audio). */
export interface ItemContent {
  readonly type: 'input_text' | 'input_audio' | 'input_image' | 'output_text' | 'output_audio'
  readonly text?: string
  readonly transcript?: string | null
  readonly image_url?: string
  readonly detail?: string
}

/** An item as the wire shows it. */
export type WireItem = { readonly id: string } & (
  | {
      readonly type: 'message'
      readonly status: ItemStatus
      readonly role: 'system' | 'user' | 'assistant'
      readonly phase?: 'commentary' | 'final_answer'
      readonly content: readonly ItemContent[]
    }
  | {
      readonly type: 'function_call'
      readonly status: ItemStatus
      readonly name: string
      readonly call_id: string
      readonly arguments: string
    }
  | { readonly type: 'function_call_output'; readonly call_id: string; readonly output: string }
  | {
      readonly type: 'mcp_list_tools'
      readonly server_label: string
      readonly tools: readonly McpToolListing[]
    }
  | {
      readonly type: 'mcp_call'
      readonly server_label: string
      readonly name: string
      readonly arguments: string
      readonly approval_request_id: string | null
      readonly output: string | null
      readonly error: McpCallError | null
    }
  | {
      readonly type: 'mcp_approval_request'
      readonly server_label: string
      readonly name: string
      readonly arguments: string
    }
  | {
      readonly type: 'mcp_approval_response'
      readonly approval_request_id: string
      readonly approve: boolean
      readonly reason: string | null
    }
)

/** A tool of an MCP server, as it lists it. */
export interface McpToolListing {
  readonly name: string
  readonly description?: string
  readonly input_schema: Readonly<Record<string, unknown>>
}

/** Why an MCP call has failed. */
export interface McpCallError {
  readonly type: 'tool_execution_error'
  readonly message: string
}

/** How far an item has come. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/** An item, and what the wire does not show of it. */
export interface ConversationItem {
  wire: WireItem
  /** The user's voice, or the agent's as far as it was sent; 24 kHz. */
  pcm?: Int16Array
  /** The agent's words, and when they are spoken. */
  words?: readonly SpokenWord[]
  /** Where the client says that it stopped playing, ms. */
  truncatedAtMs?: number
}

/** What the service remembers of an item. */
export interface RememberedItem {
  readonly id: string
  readonly type: WireItem['type']
  /** Of a message. */
  readonly role?: 'system' | 'user' | 'assistant'
  /** Text, transcripts, a call's arguments, or its output. */
  readonly text: string
  /** Where the client says that it stopped playing, ms. */
  readonly truncatedAtMs?: number
}

/** The history of a session, in order. */
export class Conversation {
  readonly id: string = newId('conv')
  /** Whether a response has ended. */
  responded = false
  readonly #items: ConversationItem[] = []

  get items(): readonly ConversationItem[] {
    return this.#items
  }

  find(itemId: string): ConversationItem | undefined {
    return this.#items.find(({ wire }) => wire.id === itemId)
  }

  /** Id of the item before one, or of the last item; `null` at the beginning. */
  previousOf(itemId?: string): string | null {
    const index = itemId === undefined ? this.#items.length : this.#indexOf(itemId)
    return this.#items[index - 1]?.wire.id ?? null
  }

  hasCall(callId: string): boolean {
    return this.#items.some(({ wire }) => wire.type === 'function_call' && wire.call_id === callId)
  }

  /** Whether the agent has spoken: from then on its voice is fixed. */
  get hasAgentAudio(): boolean {
    return this.#items.some(({ wire, pcm }) => wire.type === 'message' && wire.role === 'assistant' && pcm)
  }

  /** Adds an item after another one, at the beginning (`'root'`), or at the end. */
  insert(item: ConversationItem, after?: string): void {
    const index = after === undefined ? this.#items.length : after === 'root' ? 0 : this.#indexOf(after) + 1
    this.#items.splice(index, 0, item)
  }

  delete(itemId: string): void {
    this.#items.splice(this.#indexOf(itemId), 1)
  }

  #indexOf(itemId: string): number {
    return this.#items.findIndex(({ wire }) => wire.id === itemId)
  }
}

/** What the service remembers of an item. */
export function remembered({ wire, truncatedAtMs }: ConversationItem): RememberedItem {
  return {
    id: wire.id,
    type: wire.type,
    ...(wire.type === 'message' ? { role: wire.role } : {}),
    text: textOf(wire),
    ...(truncatedAtMs === undefined ? {} : { truncatedAtMs }),
  }
}

/** What an item says. */
export function textOf(wire: WireItem): string {
  switch (wire.type) {
    case 'message':
      return wire.content.map(({ text, transcript }) => text ?? transcript ?? '').join(' ')
    case 'function_call_output':
      return wire.output
    case 'mcp_call':
      return wire.output ?? wire.error?.message ?? wire.arguments
    case 'function_call':
    case 'mcp_approval_request':
      return wire.arguments
    case 'mcp_approval_response':
      return wire.approve ? '' : 'That was not approved.'
    default:
      return ''
  }
}

/** Forgets what of a spoken item comes after `audioEndMs`: the user has not heard it. */
export function truncateItem(item: ConversationItem, audioEndMs: number): void {
  item.truncatedAtMs = audioEndMs
  if (item.pcm) item.pcm = item.pcm.slice(0, audioEndMs * 24)
  if (item.wire.type !== 'message') return
  const heard = (item.words ?? []).filter(({ startMs }) => startMs < audioEndMs)
  const transcript = heard.map(({ text }) => text).join('')
  const content = item.wire.content.map((part) =>
    part.type === 'output_audio' ? { ...part, transcript } : part,
  )
  item.wire = { ...item.wire, content }
}
