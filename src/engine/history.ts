import type { ToolCall } from '../agent/tool-call.ts'
import type { HistoryItem } from '../providers/model.ts'
import type { Transcript } from './messages.ts'

/** About 8000 tokens: a model that is told more of the past takes longer to come back. */
const MAX_LETTERS = 32_000

/** What was said and done in a conversation, in order, so that another connection can go on from there. */
export class History {
  /** By id. Of an answer that was interrupted, what was heard. */
  readonly items: Map<string, HistoryItem> = new Map()

  /** Whether this is not what a model may remember by itself. */
  anew = false

  /** Begins with what was said before, instead of what is here. */
  begin(items: readonly HistoryItem[] = []): void {
    this.clear()
    this.anew = true
    for (const [index, item] of items.entries()) this.items.set(`earlier ${index}`, item)
  }

  /** Marks an item's place: what is said in it may only be known later. */
  place(id: string, role: Transcript['role']): void {
    if (!this.items.has(id)) this.items.set(id, { type: 'message', role, text: '' })
  }

  /** Takes what one side said; of an answer that was interrupted, what was heard. */
  say({ id, role, text, heardText, final }: Omit<Transcript, 'heardText'> & Partial<Transcript>): void {
    this.items.set(id, { type: 'message', role, text: final ? (heardText ?? text) : text })
  }

  /** Takes the outcome of a tool. */
  did(call: ToolCall, output: string): void {
    this.items.set(call.callId, { type: 'toolCall', call, output })
  }

  /** What the model is to know, oldest first: the latest that fits. */
  recall(): HistoryItem[] {
    let room = MAX_LETTERS
    const told = [...this.items.values()].filter((item) => item.type === 'toolCall' || item.text)
    const first = told.findLastIndex((item) => {
      room -= item.type === 'message' ? item.text.length : item.call.arguments.length + item.output.length
      return room < 0
    })
    return told.slice(first + 1)
  }

  clear(): void {
    this.items.clear()
  }
}
