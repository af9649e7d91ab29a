import { invalidOption } from '../core/errors.ts'
import type { Tool } from './tool.ts'

/** Options of an {@link Agent}. */
export interface AgentOptions {
  /** What the model is told about its part, in its own language. */
  readonly instructions: string
  /** What the agent may do besides talking. Names must differ. */
  readonly tools?: readonly Tool[]
}

/** Who is speaking: instructions and tools, independent of the model that lends the voice. */
export class Agent {
  readonly instructions: string
  readonly tools: readonly Tool[]

  constructor({ instructions, tools = [] }: AgentOptions) {
    if (typeof instructions !== 'string') {
      throw invalidOption('Agent', 'agent.instructions', 'a string, for the model')
    }
    const names = new Set<string>()
    for (const { name } of tools) {
      if (names.has(name)) {
        throw invalidOption('Agent', 'agent.tools', `names that differ, but two are "${name}"`)
      }
      names.add(name)
    }
    this.instructions = instructions
    this.tools = tools
  }
}
