import type { OutputTrack } from '../model.ts'
import type { Response, ResponseLog } from './response-log.ts'
import type { ServerEvent } from './wire.ts'

/*
 * Over WebRTC the voice of a response's messages comes as one piece of sound, and OpenAI says when it begins
 * and ends. It counts as the first message's, and the others are heard when it is over. A message that is
 * added after that is heard in the next piece.
 */

/** Takes every event: some say when voices begin and end, and one that another message is added. */
export function followVoice(event: ServerEvent, log: ResponseLog, output: OutputTrack): void {
  switch (event.type) {
    case 'response.output_item.added':
      if (event.item.type !== 'message' || !event.item.id) return
      log.itemOf(event.response_id, event.item.id)
      break
    case 'output_audio_buffer.started':
    case 'output_audio_buffer.stopped':
    case 'output_audio_buffer.cleared':
      break
    default:
      return
  }
  const response = log.responses.get(event.response_id)
  if (response) follow(response, event.type.replace(/.*\./, ''), output)
}

/** @param what `started`, `stopped`, `cleared`; or `added`: a message. */
function follow(response: Response, what: string, output: OutputTrack): void {
  const { items, cut, over, voice, voiced = 0 } = response
  if (what === 'added') {
    if (!over) response.voice ??= 'due'
  } else response.voice = what === 'started' ? 'playing' : undefined
  if (cut) return
  // What began again without another message goes on with the last.
  const item = items[voiced] ?? items.at(-1)
  if (what === 'stopped') {
    for (const { id } of items.slice(voiced)) {
      if (id !== item?.id || voice !== 'playing') output.play(id)
      output.end(id)
    }
    response.voiced = items.length
    if (items.length === voiced && item) output.end(item.id)
  } else if (what === 'cleared') {
    response.cut = true
    if (item && voice === 'playing') output.end(item.id)
  } else if (item && response.voice === 'playing') output.play(item.id)
}
