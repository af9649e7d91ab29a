import { instructionOf } from '../instruction.ts'
import type { HistoryItem, ModelSession } from '../model.ts'
import type { Traits } from './traits.ts'
import type { ClientMessage, WireContent } from './wire.ts'

/** What asks for an answer where the user's words are not the last: a tool's outcome, or nothing at all. */
const goOn: HistoryItem = {
  type: 'message',
  role: 'user',
  text: instructionOf({ instructions: 'go on with the conversation' }),
}

/**
 * What the service is to be told at the beginning of a connection, of a conversation that goes on. If there
 * is something and an answer is due, it answers.
 * @param isResumed It remembers an earlier session.
 * @param isBehind What has been said since the user's last turn is not in that.
 */
export function reminder(
  { history, answerDue }: Pick<ModelSession, 'history' | 'answerDue'>,
  { clientContent }: Traits,
  isResumed: boolean,
  isBehind: boolean,
): ClientMessage[] {
  const asked = history.findLastIndex((item) => item.type === 'message' && item.role === 'user')
  const last = Math.max(0, asked)
  const end = answerDue && asked < Math.max(0, history.length - 1) ? [goOn] : []
  const tell = (turns: readonly HistoryItem[], turnComplete: boolean): ClientMessage => ({
    clientContent: { turns: turns.map(contentOf), turnComplete },
  })
  if (clientContent) {
    const turns = [...(isResumed ? history.slice(isBehind || answerDue ? last : Infinity) : history), ...end]
    return turns.length > 0 ? [tell(turns, answerDue)] : []
  }
  // Content is only taken as the history of a new session, which waits for it, and is not answered.
  const due = answerDue ? last : Infinity
  const text = [...history.slice(due), ...end].map((item) => contentOf(item).parts[0]?.text).join('\n')
  return [
    ...(isResumed || history.length === 0 ? [] : [tell(history.slice(0, due), true)]),
    ...(text ? [{ realtimeInput: { text } }] : []),
  ]
}

/** What was said or done. Calls are told as text: as calls they are refused by some models. */
export function contentOf(item: HistoryItem): WireContent {
  const isMessage = item.type === 'message'
  return {
    role: isMessage && item.role === 'agent' ? 'model' : 'user',
    parts: [
      { text: isMessage ? item.text : `[${item.call.name}(${item.call.arguments}) gave: ${item.output}]` },
    ],
  }
}
