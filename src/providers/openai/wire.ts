/*
 * The messages of OpenAI's Realtime API, GA shape, as far as vivavoce uses them.
 * Source: https://developers.openai.com/api/reference/resources/realtime
 *
 * Server events carry more fields than these, and `null` where the reference names none.
 */

/** How OpenAI decides that the user's turn began and ended. */
export type WireTurnDetection = { create_response: boolean; interrupt_response: boolean } & (
  | {
      type: 'server_vad'
      threshold: number | undefined
      prefix_padding_ms: number | undefined
      silence_duration_ms: number | undefined
    }
  | { type: 'semantic_vad'; eagerness: 'low' | 'medium' | 'high' | 'auto' | undefined }
)

/** Transcription of what the user says. */
export interface WireTranscription {
  model: string
  language: string | undefined
  prompt: string | undefined
}

/** `session` of `session.update`. What is `undefined` is not sent, and stays as it is. */
export interface WireSession {
  type: 'realtime'
  instructions: string
  output_modalities: ['audio']
  audio: {
    input: {
      format: { type: 'audio/pcm'; rate: 24000 }
      turn_detection: WireTurnDetection
      /** `null` switches it off, which the reference says and its types do not. */
      transcription: WireTranscription | null
      noise_reduction: { type: 'near_field' | 'far_field' } | undefined
    }
    output: {
      format: { type: 'audio/pcm'; rate: 24000 }
      voice: string | undefined
      speed: number | undefined
    }
  }
  tools: { type: 'function'; name: string; description: string; parameters: unknown }[]
}

/** An item that vivavoce adds to the conversation. */
export type WireItem =
  | { type: 'message'; role: 'user'; content: [{ type: 'input_text'; text: string }] }
  | { type: 'function_call_output'; call_id: string; output: string }

/** Client → server. `event_id` comes back in the `error` that the message causes. */
export type ClientEvent = { event_id?: string } & (
  | { type: 'session.update'; session: WireSession }
  | { type: 'input_audio_buffer.append'; audio: string }
  | { type: 'conversation.item.create'; item: WireItem }
  | { type: 'conversation.item.delete'; item_id: string }
  | { type: 'conversation.item.truncate'; item_id: string; content_index: 0; audio_end_ms: number }
  | { type: 'response.create'; response: { metadata: Record<string, string> } }
  | { type: 'response.cancel'; response_id: string }
)

/** What OpenAI says about a failure. */
export interface WireError {
  type?: string | null
  code?: string | null
  message?: string | null
  event_id?: string | null
}

/** A response, as it begins and as it ends. */
export interface WireResponse {
  id: string
  status?: string | null
  status_details?: { error?: WireError | null } | null
  metadata?: Record<string, string> | null
}

/** Where in a response something belongs. */
export interface PartAddress {
  response_id: string
  item_id: string
  content_index?: number | null
}

/** Server → client. `event_id` is unique. */
export type ServerEvent = { event_id?: string } & (
  | { type: 'session.created' | 'session.updated' }
  | { type: 'error'; error: WireError }
  | { type: 'input_audio_buffer.speech_started' | 'input_audio_buffer.speech_stopped' }
  | {
      type: 'conversation.item.input_audio_transcription.delta'
      item_id: string
      delta?: string | null
    }
  | {
      type: 'conversation.item.input_audio_transcription.completed'
      item_id: string
      transcript?: string | null
    }
  | {
      type: 'conversation.item.input_audio_transcription.failed'
      item_id: string
      error: WireError
    }
  | { type: 'response.created' | 'response.done'; response: WireResponse }
  | ({ type: 'response.output_audio.delta'; delta: string } & PartAddress)
  | ({ type: 'response.output_audio.done' } & PartAddress)
  | ({
      type: 'response.output_audio_transcript.delta' | 'response.output_text.delta'
      delta: string
    } & PartAddress)
  | ({ type: 'response.output_audio_transcript.done'; transcript?: string | null } & PartAddress)
  | ({ type: 'response.output_text.done'; text?: string | null } & PartAddress)
  | ({ type: 'response.function_call_arguments.done'; response_id: string } & WireCall)
  | { type: 'response.output_item.done'; response_id: string; item: WireOutputItem }
)

/** A function call. */
export interface WireCall {
  call_id?: string
  name?: string
  arguments?: string
}

/** An item that a response made. */
export interface WireOutputItem extends WireCall {
  type?: string
  id?: string
  status?: string
}
