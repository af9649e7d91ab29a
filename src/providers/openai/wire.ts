/*
 * The messages of OpenAI's Realtime API, GA shape, as far as vivavoce uses them.
 * Source: https://developers.openai.com/api/reference/resources/realtime
 *
 * Server events carry more fields than these, and `null` where the reference names none.
 */

type Level = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'

/** How OpenAI decides that the user's turn began and ended. */
export type WireTurnDetection = { create_response: boolean; interrupt_response: boolean } & (
  | {
      type: 'server_vad'
      threshold: number | undefined
      prefix_padding_ms: number | undefined
      silence_duration_ms: number | undefined
      idle_timeout_ms: number | undefined
    }
  | { type: 'semantic_vad'; eagerness: 'low' | 'medium' | 'high' | 'auto' | undefined }
)

/** Transcription of what the user says. */
export interface WireTranscription {
  model: string
  language: string | undefined
  prompt: string | undefined
  keywords: string[] | undefined
  delay: Level | undefined
}

/** A tool that the model calls, and who runs it. */
export type WireTool =
  | { type: 'function'; name: string; description: string; parameters: unknown }
  | {
      type: 'mcp'
      server_label: string
      server_url?: string
      authorization?: string
      headers?: Record<string, string>
      allowed_tools?: string[]
      require_approval?: 'always' | 'never' | { always: { tool_names: string[] } }
    }

type Format = { type: 'audio/pcm'; rate: 24000 } | undefined

/** What of a session may be another one at any time. */
export type WireAgent = Pick<WireSession, 'type' | 'instructions' | 'tools'>

/** `session` of `session.update`. What is `undefined` is not sent, and stays as it is. */
export interface WireSession {
  type: 'realtime'
  instructions: string
  output_modalities: ('audio' | 'text')[]
  audio: {
    input: {
      format: Format
      /** `null` leaves turns to the client. */
      turn_detection: WireTurnDetection | null
      /** `null` switches it off, which the reference says and its types do not. */
      transcription: WireTranscription | null
      noise_reduction: { type: 'near_field' | 'far_field' } | undefined
    }
    output: {
      format: Format
      voice: string | { id: string } | undefined
      speed: number | undefined
    }
  }
  tools: WireTool[]
  tool_choice:
    | 'auto'
    | 'none'
    | 'required'
    | { type: 'function'; name: string }
    | { type: 'mcp'; server_label: string; name: string | undefined }
    | undefined
  parallel_tool_calls: boolean | undefined
  reasoning: { effort: Level } | undefined
  prompt:
    | { id: string; version: string | undefined; variables: Record<string, string> | undefined }
    | undefined
  tracing: 'auto' | { workflow_name?: string; group_id?: string; metadata?: unknown } | null | undefined
  truncation:
    | 'auto'
    | 'disabled'
    | {
        type: 'retention_ratio'
        retention_ratio: number
        token_limits: { post_instructions: number } | undefined
      }
    | undefined
  max_output_tokens: number | 'inf' | undefined
  include: 'item.input_audio_transcription.logprobs'[] | undefined
}

/** A part of what the user shows or types. */
export type WireInput = { type: 'input_text'; text: string } | { type: 'input_image'; image_url: string }

/** An item that vivavoce adds to the conversation. */
export type WireItem =
  | { type: 'message'; role: 'user'; content: WireInput[] }
  | { type: 'message'; role: 'assistant'; content: [{ type: 'output_text'; text: string }] }
  | { type: 'function_call'; call_id: string; name: string; arguments: string }
  | { type: 'function_call_output'; call_id: string; output: string }
  | {
      type: 'mcp_approval_response'
      id: string
      approval_request_id: string
      approve: boolean
      reason?: string
    }

/** What a response is to be, where it is not to be as the session is. */
export interface WireResponseRequest {
  metadata?: Record<string, string>
  /** `'none'`: beside the conversation, which does not grow by it. */
  conversation?: 'none'
  instructions?: string
  input?: WireItem[]
  output_modalities?: 'text'[]
  tools?: WireTool[]
  tool_choice?: 'none' | undefined
}

/** Client → server. `event_id` comes back in the `error` that the message causes. */
export type ClientEvent = { event_id?: string } & (
  | { type: 'session.update'; session: WireSession | WireAgent }
  | { type: 'input_audio_buffer.append'; audio: string }
  | { type: 'input_audio_buffer.commit' | 'input_audio_buffer.clear' | 'output_audio_buffer.clear' }
  | { type: 'conversation.item.create'; item: WireItem }
  | { type: 'conversation.item.delete'; item_id: string }
  | { type: 'conversation.item.truncate'; item_id: string; content_index: 0; audio_end_ms: number }
  | { type: 'response.create'; response?: WireResponseRequest }
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
  status_details?: { reason?: string | null; error?: WireError | null } | null
  metadata?: Record<string, string> | null
  /** `null` if it is beside the conversation. */
  conversation_id?: string | null
  usage?: WireUsage | null
  output?: WireOutputItem[]
}

/** What a response cost. */
export interface WireUsage {
  input_tokens?: number
  output_tokens?: number
  total_tokens?: number
}

/** Where in a response something belongs. */
export interface PartAddress {
  response_id: string
  item_id: string
  content_index?: number | null
}

/** Server → client. `event_id` is unique. */
export type ServerEvent = { event_id?: string } & (
  | { type: 'session.created' | 'session.updated'; session?: object }
  | { type: 'error'; error: WireError }
  | { type: 'input_audio_buffer.speech_started' | 'input_audio_buffer.speech_stopped'; item_id?: string }
  | { type: 'input_audio_buffer.committed' | 'input_audio_buffer.timeout_triggered'; item_id: string }
  | {
      type: 'output_audio_buffer.started' | 'output_audio_buffer.stopped' | 'output_audio_buffer.cleared'
      response_id: string
    }
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
  | ({
      type: 'response.output_audio_transcript.done' | 'response.output_text.done'
      transcript?: string | null
      text?: string | null
    } & PartAddress)
  | ({ type: 'response.function_call_arguments.done'; response_id: string } & WireCall)
  | { type: 'conversation.item.done'; item: WireOutputItem }
  | {
      type: 'response.output_item.added' | 'response.output_item.done'
      response_id: string
      item: WireOutputItem
    }
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
  server_label?: string
  content?: { text?: string | null }[]
}
