import { encodeBase64 } from '../../shared/base64.ts'
import type { ModelSession } from '../model.ts'
import type { OpenAIRealtimeOptions, TranscriptionOptions } from './options.ts'
import type { ClientEvent, WireTranscription, WireTurnDetection } from './wire.ts'

/** Where to connect. */
export function endpoint({ url, model }: OpenAIRealtimeOptions): string {
  const address = new URL(url ?? 'wss://api.openai.com/v1/realtime')
  if (!address.searchParams.has('model')) address.searchParams.set('model', model)
  return address.href
}

/** The session as the options and the agent want it. */
export function sessionUpdate(
  { voice, speed, turnDetection, transcription = {}, noiseReduction }: OpenAIRealtimeOptions,
  { instructions, tools }: Pick<ModelSession, 'instructions' | 'tools'>,
): ClientEvent {
  return {
    type: 'session.update',
    session: {
      type: 'realtime',
      instructions,
      output_modalities: ['audio'],
      audio: {
        input: {
          format: { type: 'audio/pcm', rate: 24000 },
          turn_detection: turnDetectionOf(turnDetection),
          transcription: transcription ? transcriptionOf(transcription) : null,
          noise_reduction: noiseReduction && { type: noiseReduction },
        },
        output: { format: { type: 'audio/pcm', rate: 24000 }, voice, speed },
      },
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function',
        name,
        description,
        parameters,
      })),
    },
  }
}

function transcriptionOf({ model, language, prompt }: TranscriptionOptions): WireTranscription {
  return { model: model ?? (prompt ? 'gpt-live-transcribe' : 'gpt-realtime-whisper'), language, prompt }
}

/** The options of turn detection are named as on the wire, but for the case. */
function turnDetectionOf(turns: OpenAIRealtimeOptions['turnDetection']): WireTurnDetection {
  const options = { type: 'server_vad', createResponse: true, interruptResponse: true, ...turns }
  const fields = Object.entries(options).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ])
  return Object.fromEntries(fields) as WireTurnDetection
}

/** One frame of the user's voice, ready to be sent: base64 needs no escaping. */
export function appendAudio(frame: Int16Array): string {
  const bytes = new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength)
  return `{"type":"input_audio_buffer.append","audio":"${encodeBase64(bytes)}"}`
}

/** A typed message of the user's. */
export function userMessage(text: string): ClientEvent {
  return {
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
  }
}

/** The answer to a function call. */
export function functionOutput(callId: string, output: string): ClientEvent {
  return {
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: callId, output },
  }
}

/** Asks for an answer. The id comes back in the `metadata` of the response, or in an error. */
export function createResponse(id: string): ClientEvent {
  return { type: 'response.create', event_id: id, response: { metadata: { create_id: id } } }
}

/** Stops an answer. */
export function cancelResponse(id: string): ClientEvent {
  return { type: 'response.cancel', response_id: id }
}

/** Begins the `event_id` of a deletion: one that fails concerns nobody, as the item is not there. */
export const DELETION = 'delete_'

/** Takes an item, of which nothing was heard, out of the model's memory. */
export function deleteItem(id: string): ClientEvent {
  return { type: 'conversation.item.delete', event_id: DELETION + id, item_id: id }
}

/** Cuts an item in the model's memory to what was heard, in ms. */
export function truncateItem(id: string, heardMs: number): ClientEvent {
  return { type: 'conversation.item.truncate', item_id: id, content_index: 0, audio_end_ms: heardMs }
}
