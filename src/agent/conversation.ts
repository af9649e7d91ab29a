import { Emitter, type Listenable, type ListenOptions, type Listener } from '../core/emitter.ts'
import { invalidOption } from '../core/errors.ts'
import type { ConversationEvent, ConversationSource } from './conversation-events.ts'
import type { ConversationItem } from './conversation-item.ts'
import { parseConversation, parseItems } from './conversation-json.ts'
import { conversationState, reduceConversation } from './conversation-reducer.ts'
import type { HistoryItem } from './history-item.ts'

/** About as many as English has to a token of a model's. */
const LETTERS_PER_TOKEN = 4

const SOURCES: readonly (keyof ConversationSource)[] = [
  'transcript',
  'toolCalled',
  'toolFinished',
  'interrupted',
  'agentChanged',
  'speechStarted',
  'speechStopped',
  'stateChanged',
]

/** Options of a {@link Conversation}. */
export interface ConversationOptions {
  /** What was said before, oldest first. */
  readonly items?: readonly ConversationItem[]
}

/** A {@link Conversation} as JSON. */
export interface ConversationJson {
  readonly version: 1
  readonly items: readonly ConversationItem[]
}

/** Events of a {@link Conversation}. */
export interface ConversationChanges {
  changed: { readonly items: readonly ConversationItem[] }
}

/**
 * What was said and done, as a list to show, to keep and to go on from.
 *
 * ```ts
 * const conversation = Conversation.from(JSON.parse(localStorage.chat))
 * const pipeline = new RealTimePipeline({ model, agent, history: conversation.history() })
 * conversation.attach(pipeline)
 * conversation.on('changed', ({ items }) => show(items))
 * ```
 *
 * In React: `useSyncExternalStore(conversation.subscribe, conversation.getSnapshot)`.
 */
export class Conversation implements Listenable<ConversationChanges> {
  readonly #emitter: Emitter<ConversationChanges> = new Emitter()
  #state: ReturnType<typeof conversationState>
  #attached = new AbortController()

  /** @throws OptionError that names the field of an item that is wrong. */
  constructor({ items = [] }: ConversationOptions = {}) {
    this.#state = conversationState(parseItems(items))
  }

  /**
   * Takes up what `toJSON` gave.
   * @param json Parsed, and from anywhere: it is checked.
   * @throws OptionError that names the field that is wrong.
   */
  static from(json: unknown): Conversation {
    return new Conversation({ items: parseConversation(json) })
  }

  /** All items in order. Frozen; another array if anything in it changed, with the same unchanged items. */
  get items(): readonly ConversationItem[] {
    return this.#state.items
  }

  /** Follows a pipeline, and no other any more; the returned function ends it. */
  attach(pipeline: Listenable<ConversationSource>): () => void {
    this.#attached.abort()
    const attached = (this.#attached = new AbortController())
    for (const type of SOURCES) {
      pipeline.on(
        type,
        (payload) => this.#take({ type, at: Date.now(), payload } as ConversationEvent),
        attached,
      )
    }
    return () => attached.abort()
  }

  /** Adds what no pipeline tells of: a message that was typed, or a note. */
  add(role: 'user' | 'agent' | 'system', text: string): void {
    this.#take({ type: 'added', at: Date.now(), payload: { role, text } })
  }

  /** Listens to an event; the returned function stops it. */
  on<Name extends keyof ConversationChanges>(
    event: Name,
    listener: Listener<ConversationChanges[Name]>,
    options?: ListenOptions,
  ): () => void {
    return this.#emitter.on(event, listener, options)
  }

  /** Calls `listener` at each change; the returned function stops it. Needs no `this`. */
  readonly subscribe = (listener: () => void): (() => void) => this.on('changed', () => listener())

  /** Gives `items`. Needs no `this`. */
  readonly getSnapshot = (): readonly ConversationItem[] => this.items

  /** To keep it: `JSON.stringify(conversation)`, and {@link Conversation.from} later. */
  toJSON(): ConversationJson {
    return { version: 1, items: this.items }
  }

  /**
   * What a model is to know of it, oldest first: the latest that fits. Of an answer it is what was heard.
   * A tool whose output is not known is left out, and so is what nobody said.
   */
  history({ maxTokens = 8000 }: { readonly maxTokens?: number } = {}): HistoryItem[] {
    if (!(maxTokens > 0)) throw invalidOption('history()', 'maxTokens', 'a number above 0')
    let room = maxTokens * LETTERS_PER_TOKEN
    const told = this.items.flatMap(toHistory)
    const last = told.findLastIndex((item) => {
      room -= item.type === 'message' ? item.text.length : item.call.arguments.length + item.output.length
      return room < 0
    })
    return told.slice(last + 1)
  }

  #take(event: ConversationEvent): void {
    const { items } = this.#state
    this.#state = reduceConversation(this.#state, event)
    if (this.items !== items) this.#emitter.emit('changed', { items: this.items })
  }
}

function toHistory(item: ConversationItem): HistoryItem[] {
  if (item.role === 'system') return []
  if (item.role === 'tool') {
    const { id: callId, name, arguments: args, output } = item
    return output === undefined ? [] : [{ type: 'toolCall', call: { callId, name, arguments: args }, output }]
  }
  const { role, spoken, text, heardText } = item
  const known = role === 'agent' && spoken ? heardText : text
  return known ? [{ type: 'message', role, text: known }] : []
}
