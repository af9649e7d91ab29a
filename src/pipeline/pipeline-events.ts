import type { Agent } from '../agent/agent.ts'
import type { ToolEvents } from '../agent/tool-runner.ts'
import type { EngineEvents, PipelineState } from '../engine/messages.ts'
import type { PeerStats } from '../transport/peer-stats.ts'

/** Events of a `RealTimePipeline`. */
export interface PipelineEvents extends EngineEvents, ToolEvents {
  /** Something failed. The conversation goes on, unless the state becomes `idle`. */
  error: EngineEvents['error']
  stateChanged: { readonly state: PipelineState; readonly previous: PipelineState }
  /** Another agent has the conversation. */
  agentChanged: { readonly agent: Agent; readonly previous: Agent }
  /** How well sound travels, every 2 s; only where it travels by WebRTC. */
  connectionStats: PeerStats
}
