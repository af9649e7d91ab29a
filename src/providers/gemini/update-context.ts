import type { AgentUpdate } from '../model.ts'
import { type GeminiRealtimeOptions, refuse } from './options.ts'
import { newest, traitsOf } from './traits.ts'

/** What {@link updateContext} needs of a `GeminiRealtime`. */
export interface GeminiChannel {
  readonly options: GeminiRealtimeOptions
  update(agent: Partial<AgentUpdate>): boolean
}

/**
 * Changes instructions or tools of the session that is open; another connection has the agent's own again.
 * Throws an `OptionError` where the model has no such thing.
 * @returns Whether there is a session to change.
 */
export function updateContext(model: GeminiChannel, change: Partial<AgentUpdate>): boolean {
  const { options } = model
  if (traitsOf(options.model).waits) {
    refuse(options, 'updateContext', `is not supported: start anew, or use ${newest}`)
  }
  return model.update(change)
}
