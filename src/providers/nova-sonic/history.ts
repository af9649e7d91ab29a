import type { HistoryItem } from '../model.ts'

/** One side's words, as AWS is told of them. */
export interface PastText {
  readonly role: 'USER' | 'ASSISTANT'
  readonly text: string
}

/** AWS takes 40 KB of history, and does not say what it counts. */
const MAX_BYTES = 36_000

/**
 * What was said before, as AWS wants it: the latest that fits, both sides in turns, the user first.
 * There is no place for tools in it: what one gave is told as a note, since the agent may have to refer
 * to it.
 */
export function pastOf(history: readonly HistoryItem[]): PastText[] {
  const past: { role: PastText['role']; text: string }[] = []
  let room = MAX_BYTES
  for (let at = history.length - 1; at >= 0; at--) {
    const { role, text } = told(history[at] as HistoryItem)
    room -= new TextEncoder().encode(text).length + 1
    if (room < 0) break
    const [next] = past
    if (next?.role === role) next.text = `${text} ${next.text}`
    else past.unshift({ role, text })
  }
  if (past[0]?.role === 'ASSISTANT') past.shift()
  return past
}

function told(item: HistoryItem): PastText {
  if (item.type === 'message') return { role: item.role === 'user' ? 'USER' : 'ASSISTANT', text: item.text }
  const { call, output } = item
  return { role: 'USER', text: `(${call.name} ${call.arguments} gave: ${output})` }
}
