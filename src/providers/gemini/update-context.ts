import type { ModelSession } from '../model.ts'
import { type GeminiRealtimeOptions, refuse } from './options.ts'
import { toolsOf } from './tools-of.ts'
import { newest, traitsOf } from './traits.ts'
import type { RawMessage } from './events.ts'

/** What {@link updateContext} needs of a `GeminiRealtime`. */
export interface GeminiChannel {
  readonly options: GeminiRealtimeOptions
  send(message: RawMessage): boolean
}

/**
 * Changes instructions or tools of the session that is open; another connection has the agent's own again.
 * Throws an `OptionError` where the model has no such thing.
 * @returns Whether there is a session to change.
 */
export function updateContext(
  model: GeminiChannel,
  { instructions, tools }: Partial<Pick<ModelSession, 'instructions' | 'tools'>>,
): boolean {
  const { options } = model
  if (traitsOf(options.model).waits) {
    refuse(options, 'updateContext', `is not supported: start anew, or use ${newest}`)
  }
  return model.send({
    contextUpdate: {
      ...(instructions !== undefined && { systemInstruction: { parts: [{ text: instructions }] } }),
      ...(tools && { tools: { tools: toolsOf(options, tools) } }),
    },
  })
}
