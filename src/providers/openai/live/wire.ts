/*
 * The messages of OpenAI's Live API over WebRTC, as far as vivavoce uses them.
 * Source: https://developers.openai.com/api/reference/resources/live
 *
 * Server events carry more fields than these.
 */
import type { WireError, WireUsage } from '../wire.ts'

/** A message of before the session. */
export type WireMemory =
  | { type: 'message'; role: 'user' | 'developer'; content: [{ type: 'input_text'; text: string }] }
  | { type: 'message'; role: 'assistant'; content: [{ type: 'output_text'; text: string }] }

/** What the Responses model that works for the voice may call. */
export type WireLiveTool =
  | { type: 'function'; name: string; description: string; parameters: unknown; strict: false }
  | { readonly type: string; readonly [field: string]: unknown }

/** Who works for the voice. */
export type WireDelegation =
  | { type: 'client'; acknowledgement_delay_ms: number | undefined }
  | {
      type: 'responses'
      acknowledgement_delay_ms: number | undefined
      responses: {
        model: string
        instructions: string
        tools: WireLiveTool[]
        tool_choice: 'auto' | 'none' | 'required' | undefined
        parallel_tool_calls: boolean | undefined
        max_output_tokens: number | undefined
        reasoning: { effort: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' } | undefined
      }
    }

/** `session` of `POST /v1/live/sessions`. What is `undefined` is not sent. */
export interface WireLiveSession {
  model: string
  instructions: string
  audio: { output: { voice: string | { id: string } } } | undefined
  delegation: WireDelegation
  input: WireMemory[] | undefined
  store: boolean | undefined
  client: { data_channel: { allowed_client_events: string[]; allowed_server_events: 'all' } }
}

/** The ways to tell the voice something: to be followed, to be known, to be said. */
export type Append = 'session.instructions.append' | 'session.thinking.append' | 'session.commentary.append'

/** Client → server. */
export type LiveClientEvent =
  | { type: Append; content: string; delegation_id: string | null }
  | {
      type: 'response.item.create'
      item: { type: 'function_call_output'; call_id: string; output: string }
    }
  | { type: 'response.create' }

/** Words of one side. Times count from the beginning of the session. */
export interface WireWords {
  delta: string
  start_ms: number
  end_ms: number
}

/** Server → client. */
export type LiveServerEvent =
  | { type: 'session.started'; session: { id: string; expires_at?: number } }
  | { type: 'session.closed'; reason: string }
  | { type: 'error'; error: WireError }
  | ({ type: 'session.input_transcript.delta' | 'session.output_transcript.delta' } & WireWords)
  | {
      type: 'session.delegation.created'
      delegation: { id: string; target: string }
      offset_ms: number
    }
  | { type: 'response.event'; delegation_id?: string | null; event: WireResponsesEvent }

/** An event of the Responses model that works for the voice; those that are used have these fields. */
export interface WireResponsesEvent {
  readonly type?: unknown
  readonly item?: {
    readonly type?: string
    readonly call_id?: string
    readonly name?: string
    readonly arguments?: string
  }
  readonly response?: {
    readonly id?: string
    readonly usage?: WireUsage | null
    readonly error?: WireError | null
  }
}
