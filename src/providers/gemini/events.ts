import type { ModelEvents } from '../model.ts'

/** A message as it is on the wire. Its fields are those of Google's reference. */
export type RawMessage = Readonly<Record<string, unknown>>

/** Events of `GeminiRealtime`. */
export interface GeminiRealtimeEvents extends ModelEvents {
  /** A message of the service's, as it came, before anything else is made of it. */
  serverEvent: RawMessage
  /** What an answer is based on: Google's `groundingMetadata`, as it came. */
  grounding: { readonly responseId: string; readonly metadata: object }
}

/** Reports an event of the model's. */
export type Emit = <Name extends keyof GeminiRealtimeEvents>(
  event: Name,
  payload: GeminiRealtimeEvents[Name],
) => void
