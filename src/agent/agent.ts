import { invalidOption } from '../core/errors.ts'
import type { HistoryItem } from './history-item.ts'
import type { Tool, ToolPipeline } from './tool.ts'

/** What an agent's own functions get. */
export interface AgentContext {
  readonly pipeline: ToolPipeline
}

/** Options of an {@link Agent}. */
export interface AgentOptions {
  /** What it is called in events, such as `'billing'`. Default: no name. */
  readonly name?: string
  /**
   * What the model is told about its part, in its own language; or what gives that, whenever the agent takes
   * the conversation over.
   */
  readonly instructions: string | ((context: AgentContext) => string | Promise<string>)
  /** What the agent may do besides talking. Names must differ. */
  readonly tools?: readonly Tool[]
  /** The agent has the conversation from now on: it may greet, with `pipeline.say()` or `generateReply()`. */
  readonly onEnter?: (context: AgentContext) => unknown
  /** Another agent takes the conversation over, or it ends. */
  readonly onExit?: (context: AgentContext) => unknown
  /** What it is to know of what was said before it took over. Default: all. */
  readonly filterHistory?: (history: readonly HistoryItem[]) => readonly HistoryItem[]
}

/** Who is speaking: instructions and tools, independent of the model that lends the voice. */
export class Agent {
  /** As they were given. */
  readonly options: AgentOptions
  #instructions: AgentOptions['instructions']
  #tools: readonly Tool[]
  /** @internal Tells the conversation that the agent has, if any, of a change. */
  onUpdate: (() => Promise<void>) | undefined

  constructor(options: AgentOptions) {
    this.options = options
    this.#instructions = checkInstructions(options.instructions)
    this.#tools = checkTools(options.tools ?? [])
  }

  get name(): string | undefined {
    return this.options.name
  }

  get instructions(): AgentOptions['instructions'] {
    return this.#instructions
  }

  get tools(): readonly Tool[] {
    return this.#tools
  }

  /** Changes what it is told, also in the middle of a conversation. Resolves when that is on its way. */
  async updateInstructions(instructions: AgentOptions['instructions']): Promise<void> {
    this.#instructions = checkInstructions(instructions)
    await this.onUpdate?.()
  }

  /** Changes what it may do, also in the middle of a conversation. Resolves when that is on its way. */
  async updateTools(tools: readonly Tool[]): Promise<void> {
    this.#tools = checkTools(tools)
    await this.onUpdate?.()
  }
}

function checkInstructions(instructions: AgentOptions['instructions']): AgentOptions['instructions'] {
  if (!/string|function/.test(typeof instructions)) {
    throw invalidOption('Agent', 'agent.instructions', 'a string, for the model')
  }
  return instructions
}

function checkTools(tools: readonly Tool[]): readonly Tool[] {
  const names = new Set<string>()
  for (const { name } of tools) {
    if (names.has(name)) {
      throw invalidOption('Agent', 'agent.tools', `names that differ, but two are "${name}"`)
    }
    names.add(name)
  }
  return tools
}
