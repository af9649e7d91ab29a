import { encodeBase64 } from '../../src/shared/base64.ts'
import type { HeardItem } from '../../src/providers/model.ts'
import type { Message } from './openai-server.ts'

/** What OpenAI sends for one response, `R`, of one item, `I`; each with fields that we have no use for. */
export const created = (id = 'R', metadata: unknown = null): Message => ({
  type: 'response.created',
  event_id: `event_${id}`,
  response: {
    object: 'realtime.response',
    id,
    status: 'in_progress',
    status_details: null,
    output: [],
    metadata,
  },
})

export const audio = (samples: number, item = 'I', response = 'R'): Message => ({
  type: 'response.output_audio.delta',
  response_id: response,
  item_id: item,
  output_index: 0,
  content_index: 0,
  delta: encodeBase64(new Uint8Array(new Int16Array(samples).fill(1000).buffer)),
})

export const audioDone = (item = 'I', response = 'R'): Message => ({
  type: 'response.output_audio.done',
  response_id: response,
  item_id: item,
  output_index: 0,
  content_index: 0,
})

export const words = (delta: string, item = 'I', response = 'R', index = 0): Message => ({
  type: 'response.output_audio_transcript.delta',
  response_id: response,
  item_id: item,
  output_index: 0,
  content_index: index,
  delta,
  obfuscation: 'xyz',
})

export const wordsDone = (transcript: string | null, item = 'I', response = 'R', index = 0): Message => ({
  type: 'response.output_audio_transcript.done',
  response_id: response,
  item_id: item,
  output_index: 0,
  content_index: index,
  transcript,
})

export const itemDone = (item = 'I', response = 'R', status = 'completed'): Message => ({
  type: 'response.output_item.done',
  response_id: response,
  output_index: 0,
  item: { id: item, type: 'message', role: 'assistant', status, content: [] },
})

export const callDone = (callId: string, response = 'R', args = '{}'): Message => ({
  type: 'response.function_call_arguments.done',
  response_id: response,
  item_id: `item_${callId}`,
  output_index: 0,
  call_id: callId,
  name: 'weather',
  arguments: args,
})

export const callItemDone = (callId: string, response = 'R', status = 'completed'): Message => ({
  type: 'response.output_item.done',
  response_id: response,
  output_index: 0,
  item: {
    id: `item_${callId}`,
    type: 'function_call',
    status,
    call_id: callId,
    name: 'weather',
    arguments: '{}',
  },
})

export const done = (id = 'R', status = 'completed', details: unknown = null): Message => ({
  type: 'response.done',
  response: { object: 'realtime.response', id, status, status_details: details, output: [], metadata: null },
})

export const speechStarted: Message = {
  type: 'input_audio_buffer.speech_started',
  audio_start_ms: 100,
  item_id: 'U',
}

export const speechStopped: Message = {
  type: 'input_audio_buffer.speech_stopped',
  audio_end_ms: 900,
  item_id: 'U',
}

let failures = 0

export const failure = (code: string | null, eventId: string | null = null): Message => ({
  type: 'error',
  event_id: `event_${++failures}`,
  error: {
    type: 'invalid_request_error',
    code,
    message: `It failed: ${code}.`,
    param: null,
    event_id: eventId,
  },
})

/** Four seconds of an answer that is not over, as one second of OpenAI's time brings them. */
export const answer = [created(), words('Rome is old. '), ...Array.from({ length: 4 }, () => audio(24_000))]

/** What OpenAI still sends of an answer that it has cancelled. */
export const rest = [
  audio(24_000),
  words('And beautiful.'),
  audio(24_000),
  audioDone(),
  wordsDone('Rome is old. And beautiful.'),
  itemDone('I', 'R', 'incomplete'),
  done('R', 'cancelled', { type: 'cancelled', reason: 'turn_detected' }),
]

export const heardOf = (itemId: string, heardMs: number, receivedMs = 4000): HeardItem => ({
  itemId,
  heardMs,
  receivedMs,
})
