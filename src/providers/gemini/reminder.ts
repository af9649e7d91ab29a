import type { HistoryItem, ModelSession } from '../model.ts'
import type { Traits } from './traits.ts'
import type { ClientMessage, WireContent } from './wire.ts'

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
  const last = Math.max(
    0,
    history.findLastIndex((item) => item.type === 'message' && item.role === 'user'),
  )
  const tell = (turns: readonly HistoryItem[], turnComplete: boolean): ClientMessage => ({
    clientContent: { turns: turns.map(content), turnComplete },
  })
  if (clientContent) {
    const turns = isResumed ? history.slice(isBehind || answerDue ? last : Infinity) : history
    return turns.length > 0 ? [tell(turns, answerDue)] : []
  }
  // Content is only taken as the history of a new session, which waits for it, and is not answered.
  const due = answerDue ? last : Infinity
  const text = history
    .slice(due)
    .map((item) => content(item).parts[0]?.text)
    .join('\n')
  return [
    ...(isResumed || history.length === 0 ? [] : [tell(history.slice(0, due), true)]),
    ...(text ? [{ realtimeInput: { text } }] : []),
  ]
}

/** What was said or done. Calls are told as text: as calls they are refused by some models. */
function content(item: HistoryItem): WireContent {
  const isMessage = item.type === 'message'
  return {
    role: isMessage && item.role === 'agent' ? 'model' : 'user',
    parts: [
      { text: isMessage ? item.text : `[${item.call.name}(${item.call.arguments}) gave: ${item.output}]` },
    ],
  }
}
