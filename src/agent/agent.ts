import { OptionError } from '../core/errors.ts'
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
      throw new OptionError('Agent needs instructions: a string that tells the model its part.', {
        code: 'option-invalid',
        option: 'agent.instructions',
      })
    }
    const names = new Set<string>()
    for (const { name } of tools) {
      if (names.has(name)) {
        throw new OptionError(`Two tools are named "${name}": a model can only tell them apart by name.`, {
          code: 'option-invalid',
          option: 'agent.tools',
        })
      }
      names.add(name)
    }
    this.instructions = instructions
    this.tools = tools
  }
}
