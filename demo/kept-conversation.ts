import type { Beginning, ConversationView, Past } from './conversation.ts'
import { Conversation, type RealTimePipeline } from './sdk.ts'

const KEY = 'vivavoce.conversation'
// Words come many times a second, and writing takes its time.
const SAVE_AFTER_MS = 250

/** What is kept of a conversation, and with whom it was. */
export interface Kept extends Past {
  readonly agentId: string
}

/** The latest conversation, kept as long as the tab is open. */
export class KeptConversation implements ConversationView {
  #conversation: Conversation | undefined
  #agentId = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    addEventListener('pagehide', () => this.#save())
  }

  /** What there is to go on with. */
  load(): Kept | undefined {
    this.#save()
    try {
      const { agentId, conversation } = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as {
        readonly agentId: string
        readonly conversation: unknown
      }
      const found = Conversation.from(conversation)
      const { items } = found
      return items.length > 0 ? { agentId, items, history: found.history() } : undefined
    } catch {
      // Nothing is kept, or nothing that this version of the page can read.
      return undefined
    }
  }

  forget(): void {
    clearTimeout(this.#timer)
    this.#conversation = this.#timer = undefined
    sessionStorage.removeItem(KEY)
  }

  /** Adds what the user typed, of which a pipeline does not tell. */
  addTyped(text: string): void {
    this.#conversation?.add('user', text)
  }

  attach(pipeline: RealTimePipeline, { agent, past }: Beginning): void {
    this.#save()
    const conversation = new Conversation({ items: past?.items ?? [] })
    this.#conversation = conversation
    this.#agentId = agent.id
    conversation.attach(pipeline)
    conversation.on('changed', () => {
      if (this.#conversation === conversation) this.#timer ??= setTimeout(() => this.#save(), SAVE_AFTER_MS)
    })
  }

  #save(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    const kept = { agentId: this.#agentId, conversation: this.#conversation }
    try {
      sessionStorage.setItem(KEY, JSON.stringify(kept))
    } catch {
      // There is no room, or the user lets no page keep anything: then there is nothing to go on with.
    }
  }
}
