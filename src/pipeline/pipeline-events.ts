import type { ToolCall } from '../agent/tool-call.ts'
import type { VivaVoceError } from '../core/errors.ts'
import type {
  Echo,
  Interruption,
  PipelineState,
  SpeechSource,
  Transcript,
  TurnMetrics,
} from '../engine/messages.ts'

/** Events of a `RealTimePipeline`. */
export interface PipelineEvents {
  stateChanged: { readonly state: PipelineState; readonly previous: PipelineState }
  /** Words were said or heard. Comes again with the same `id` while they grow. */
  transcript: Transcript
  /** An answer was cut short, and the speaker is silent. */
  interrupted: Interruption
  /** The user began to speak. */
  speechStarted: { readonly by: SpeechSource }
  /** The user stopped speaking. By the model's verdict, the user's turn is over. */
  speechStopped: { readonly by: SpeechSource }
  /** How much of the agent's voice comes back through the microphone; about once a second while it speaks. */
  echo: Echo
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
