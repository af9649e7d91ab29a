import type { ToolCall } from '../agent/tool-call.ts'
import type { VivaVoceError } from '../core/errors.ts'
import type { Interruption, PipelineState, Transcript, TurnMetrics } from '../engine/messages.ts'

/** Events of a `RealTimePipeline`. */
export interface PipelineEvents {
  stateChanged: { readonly state: PipelineState; readonly previous: PipelineState }
  /** Words were said or heard. Comes again with the same `id` while they grow. */
  transcript: Transcript
  /** An answer was cut short, and the speaker is silent. */
  interrupted: Interruption
  /** The model hears the user speak. */
  speechStarted: Record<string, never>
  /** The model takes the user's turn to be over. */
  speechStopped: Record<string, never>
  /** The model asked for a tool, which now runs. */
  toolCalled: ToolCall
  /** A tool ended, well or not. */
  toolFinished: {
    readonly callId: string
    readonly name: string
    readonly ok: boolean
    readonly durationMs: number
  }
  /** A turn was answered, or its answer interrupted. */
  turnEnded: TurnMetrics
  /** Something failed. The conversation goes on, unless the state becomes `idle`. */
  error: VivaVoceError
}
