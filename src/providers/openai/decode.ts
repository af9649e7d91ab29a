import { ConnectionError } from '../../core/errors.ts'
import type { ServerEvent } from './wire.ts'

type Fields = Readonly<Record<string, unknown>> | null | undefined

/** Which of the events that are used, and of their kin, must have which string. */
const required: readonly (readonly [types: RegExp, field: string])[] = [
  [/^response\.(created|done)$/, 'response.id'],
  [/^response\.(output_|function_call_).*(delta|done|added)$|^output_audio_b/, 'response_id'],
  [/^response\.output_(audio|text)|input_audio_tr|buffer\.(committed|timeout)/, 'item_id'],
  [/item\.(done|added)$/, 'item.type'],
  [/^response\.output_(audio|text).*delta$/, 'delta'],
]

/**
 * Reads one message of the server's. One of another type than {@link ServerEvent} names is no error: it
 * is passed on as it is.
 * Throws a {@link ConnectionError} `message-malformed` that does not repeat the message.
 */
export function decode(data: unknown): ServerEvent {
  let event: unknown
  try {
    event = JSON.parse(data as string)
  } catch {
    // The parser quotes what it read, which may be what somebody said.
  }
  const type = (event as Fields)?.type
  if (typeof type !== 'string') throw malformed()
  for (const [types, field] of required) {
    const value = field.split('.').reduce<unknown>((value, key) => (value as Fields)?.[key], event)
    if (types.test(type) && typeof value !== 'string') throw malformed(`a ${type}`)
  }
  return event as ServerEvent
}

/** An error for what OpenAI sent and nobody could use. */
export function malformed(what = 'a message', cause?: unknown): ConnectionError {
  return new ConnectionError(`OpenAI sent ${what} that cannot be read.`, {
    code: 'message-malformed',
    cause,
  })
}
