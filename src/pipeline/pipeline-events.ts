import type { ToolCall } from '../agent/tool-call.ts'
import type { EngineEvents, PipelineState } from '../engine/messages.ts'
import type { PeerStats } from '../transport/peer-stats.ts'

/** Events of a `RealTimePipeline`. */
export interface PipelineEvents extends EngineEvents {
  stateChanged: { readonly state: PipelineState; readonly previous: PipelineState }
  /** The model asked for a tool, which now runs. */
  toolCalled: ToolCall
  /** A tool ended, well or not. */
  toolFinished: {
    readonly callId: string
    readonly name: string
    readonly ok: boolean
    readonly durationMs: number
  }
  /** How well sound travels, every 2 s; only where it travels by WebRTC. */
  connectionStats: PeerStats
}
