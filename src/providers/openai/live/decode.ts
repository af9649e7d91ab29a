import { decode, malformed } from '../decode.ts'
import type { LiveServerEvent } from './wire.ts'

type Fields = Readonly<Record<string, unknown>> | null | undefined

/** What the events that are used must have, by path, and of which type. */
const required: Readonly<Record<string, string>> = {
  'session.started': 'session.id string',
  'session.input_transcript.delta': 'delta string,start_ms number,end_ms number',
  'session.output_transcript.delta': 'delta string,start_ms number,end_ms number',
  'session.delegation.created': 'delegation.id string',
  'response.event': 'event.type string',
  error: 'error object',
}

/**
 * Reads one message of the server's. One of another type than {@link LiveServerEvent} names is no error: it
 * is passed on as it is.
 * Throws a `ConnectionError` `message-malformed` that does not repeat the message.
 */
export function decodeLive(text: string): LiveServerEvent {
  const event = decode(text) as unknown as LiveServerEvent
  for (const rule of required[event.type]?.split(',') ?? []) {
    const [path = '', type] = rule.split(' ')
    const value = path.split('.').reduce<unknown>((value, key) => (value as Fields)?.[key], event)
    if (typeof value !== type) throw malformed(`a ${event.type}`)
  }
  return event
}
