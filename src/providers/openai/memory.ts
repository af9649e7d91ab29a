import type { HeardItem } from '../model.ts'
import type { ConversationHost } from './conversation-host.ts'
import { deleteItem, truncateItem } from './encode.ts'
import type { Response, ResponseLog } from './response-log.ts'
import type { ClientEvent } from './wire.ts'

/** Of all audio, both ways. */
export const SAMPLES_PER_MS = 24

/*
 * Over a WebSocket OpenAI remembers all that it sent, and must be told what the user heard of it. What was
 * heard in part is truncated. What was not heard at all cannot be truncated (OpenAI refuses 0 ms), so it
 * is deleted: else the model would believe to have said it. What is still being made can be truncated, but
 * not deleted, so that waits for the end of its response.
 */

/** What to tell OpenAI of the items that were not heard to their end. */
export function heardEvents(log: ResponseLog, heard: readonly HeardItem[]): ClientEvent[] {
  return heard.flatMap(({ itemId, heardMs }) => {
    const item = log.item(itemId)
    if (!item || item.heardMs !== undefined) return []
    const receivedMs = Math.floor(item.samples / SAMPLES_PER_MS)
    const endMs = (item.heardMs = Math.min(Math.floor(heardMs), receivedMs))
    const { cut } = item.response
    if (endMs > 0) return cut || endMs < receivedMs ? [truncateItem(itemId, endMs)] : []
    return cut ? [] : [deleteItem(itemId)]
  })
}

/** What to tell OpenAI, once, of a response that was cut, is over, and of which it is known what was heard. */
export function unheardEvents({ items, cut, judged, over }: Response): ClientEvent[] {
  if (!cut || !judged || !over) return []
  const unheard = items.splice(0).filter(({ samples, heardMs }) => !samples || heardMs === 0)
  return unheard.map(({ id }) => deleteItem(id))
}

/** Tells that, as far as it is the client's to tell; of what is written, all has been read. */
export function remember(
  { send, options, traits }: Pick<ConversationHost, 'send' | 'options' | 'traits'>,
  events: readonly ClientEvent[],
): void {
  if (traits.truncation === 'server' || options.outputModalities === 'text') return
  for (const event of events) {
    if (event.type.endsWith('delete') ? traits.deletion : traits.truncation === 'client') send(event)
  }
}
