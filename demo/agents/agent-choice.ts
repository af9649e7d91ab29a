import type { Agent, ModelExtension } from '../sdk.ts'

/** Somebody to talk to. */
export interface AgentChoice {
  readonly id: string
  readonly name: string
  /** What there is to see and hear, for the user. */
  readonly about: string
  /** Makes the agent, one for each conversation. */
  readonly create: () => Agent
  readonly extensions?: readonly ModelExtension[]
  /** Why the agent's voice must pass the page, as it does not over WebRTC. Absent if it need not. */
  readonly noWebRtc?: string
}
