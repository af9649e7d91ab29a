import { OptionError, type ToolError } from '../core/errors.ts'
import type { Agent } from './agent.ts'
import type { JsonObjectSchema } from './json-schema-type.ts'
import type { ToolDeclaration } from './tool-call.ts'
import { toolError } from './tool-error.ts'
import { tellResult } from './tool-result.ts'
import { ToolDesk, type ToolDeskHost } from './tool-desk.ts'
import {
  describeIssues,
  resolveParameters,
  type ResolvedParameters,
  type ToolArguments,
  type ToolParameters,
} from './tool-parameters.ts'

/** Something that the agent was made to say. */
export interface ToolSpeech {
  /** Resolves when the user has heard it, or has interrupted it. */
  readonly heard: Promise<{
    /** What was heard of it. */
    readonly text: string
    readonly interrupted: boolean
  }>
  interrupt(): void
}

/** What a tool may do with the conversation that called it. */
export interface ToolPipeline {
  /** What the conversation is doing, such as `'speaking'`. */
  readonly state: string
  sendMessage(text: string): Promise<void>
  /** Has the agent say this, word for word as far as the model obeys. Resolves before that. */
  say(text: string): Promise<ToolSpeech>
  /** Has the agent speak, in its own words. Resolves before that. */
  generateReply(options: { readonly instructions: string }): Promise<ToolSpeech>
  interrupt(): void
  mute(): void
  unmute(): void
  /** Ends the conversation when the agent has said goodbye. */
  hangUp(options?: { readonly farewell?: string }): Promise<void>
  close(): Promise<void>
}

/** How progress is told. */
export interface ToolProgressOptions {
  /** Whether the agent tells the user, in a short sentence of its own. Default `false`. */
  readonly speak?: boolean
}

/** What a tool gets besides its arguments. */
export interface ToolContext {
  /** Aborts when nobody waits for the result any more: the time is up, or the call was cancelled. */
  readonly signal: AbortSignal
  readonly pipeline: ToolPipeline
  /**
   * Says how far the work is: one `toolProgress` event. Does nothing when nobody waits any more. Where the
   * model cannot be made to speak, `speak` comes to one `error` event, and the tool goes on.
   */
  readonly progress: (text: string, options?: ToolProgressOptions) => void
}

/** Options of {@link tool}. */
export interface ToolOptions<Parameters extends ToolParameters> {
  /** What the model calls it by: 1 to 64 letters, digits, `_` and `-`. */
  readonly name: string
  /** What it does and when to use it, for the model to read. */
  readonly description: string
  /**
   * A schema of zod, arktype or any other library that implements Standard Schema and Standard JSON
   * Schema, or JSON Schema with `type: 'object'`. Leave it out if there are no arguments.
   *
   * A library's schema checks all that it says. Of JSON Schema only the structure is checked (`type`,
   * `const`, `enum`, `properties`, `required`, `additionalProperties`, `prefixItems`, `items`); other
   * keywords are advice to the model.
   */
  readonly parameters?: Parameters
  /**
   * Does the work. A string is told to the model as it is, anything else as JSON, and `undefined` as
   * `{"ok":true}`. `toolResult()` adds pictures. An `Agent` takes the conversation over. The message of what
   * it throws is told to the model too.
   */
  readonly execute: (args: ToolArguments<Parameters>, context: ToolContext) => unknown
  /**
   * Whether the user is to be asked before it runs, with arguments that are checked: see the event
   * `toolApproval`. Default `false`.
   */
  readonly needsApproval?:
    | boolean
    | ((args: ToolArguments<Parameters>, context: ToolContext) => boolean | Promise<boolean>)
  /**
   * Whether a call is cancelled when the user interrupts the agent, also one that waits for approval.
   * Turn it off for work that is to be finished whatever is said. Default `true`.
   */
  readonly cancelOnInterrupt?: boolean
  /** How long the model waits for the result, ms, without the wait for approval. Default 30 000. */
  readonly timeoutMs?: number
}

/** Something that the model may do besides talking. Made by {@link tool}. */
export interface Tool {
  readonly name: string
  readonly description: string
  /** What the model is told of it. Plain JSON. */
  readonly declaration: ToolDeclaration
  /** How long the model waits for the result, ms, without the wait for approval. */
  readonly timeoutMs: number
  /** Whether a call is cancelled when the user interrupts the agent. */
  readonly cancelOnInterrupt: boolean
  /**
   * Checks the arguments, runs the tool and gives what to tell the model. Rejects with a `ToolError`
   * `tool-arguments` if they do not fit, `tool-not-approved` if the user is to be asked, `tool-failed` if
   * the result is not JSON, has pictures, or is an agent, or with whatever the tool threw: only a
   * conversation can ask, show and hand over.
   * @param argumentsText JSON, if the model kept to its word.
   */
  run(argumentsText: string, context: ToolContext): Promise<string>
  /** @internal The same in a conversation. */
  run(argumentsText: string, context: ToolContext, host: ToolHost): Promise<string>
  /** @internal What runs it and its like: it comes with them, so that a page without tools does not load it. */
  makeDesk(host: ToolDeskHost): ToolDesk
}

/** What a tool asks of the conversation that called it; what is absent fails the call. */
export interface ToolHost {
  /** Resolves when the user approves. `undefined` if nobody asks the user. */
  readonly approve?: (args: unknown) => Promise<void> | undefined
  /** Adds pictures to the outcome. Absent if the model sees none. */
  readonly addImages?: ((sources: readonly unknown[]) => Promise<void>) | undefined
  /** Makes another agent speak. */
  readonly handOff?: ((agent: Agent) => Promise<void>) | undefined
}

/** The longest delay that a timer takes, ms. */
const longestTimeoutMs = 0x7fff_ffff

/**
 * Makes a tool.
 * @throws OptionError `option-invalid` if the name, the time limit or the parameters cannot be used.
 */
export function tool<const Parameters extends ToolParameters = JsonObjectSchema>({
  name,
  description,
  parameters,
  execute,
  needsApproval = false,
  cancelOnInterrupt = true,
  timeoutMs = 30_000,
}: ToolOptions<Parameters>): Tool {
  if (!/^[\w-]{1,64}$/.test(name)) {
    throw new OptionError(`"${name}" cannot name a tool: use 1 to 64 letters, digits, _ and -.`, {
      code: 'option-invalid',
      option: 'tool.name',
    })
  }
  if (!(timeoutMs > 0 && timeoutMs <= longestTimeoutMs)) {
    throw new OptionError(`timeoutMs of tool "${name}" must be from 1 to ${longestTimeoutMs}.`, {
      code: 'option-invalid',
      option: 'tool.timeoutMs',
    })
  }
  const resolved = resolveParameters(name, parameters ?? { type: 'object', properties: {} })
  return {
    name,
    description,
    declaration: { name, description, parameters: resolved.jsonSchema },
    timeoutMs,
    cancelOnInterrupt,
    makeDesk: (host) => new ToolDesk(host),
    run: async (argumentsText: string, context: ToolContext, host: ToolHost = {}) => {
      const { signal } = context
      const args = (await readArguments(name, argumentsText, resolved)) as ToolArguments<Parameters>
      // Whatever is waited for may take its time, and a call that nobody waits for must have no effect.
      signal.throwIfAborted()
      if (typeof needsApproval === 'function' ? await needsApproval(args, context) : needsApproval) {
        signal.throwIfAborted()
        await askUser(name, args, host)
      }
      signal.throwIfAborted()
      const result = await execute(args, context)
      signal.throwIfAborted()
      return tellResult(name, result, host)
    },
  }
}

async function askUser(name: string, args: unknown, host: ToolHost): Promise<void> {
  const approval = host.approve?.(args)
  if (!approval) {
    throw toolError(
      name,
      'needs approval, and nobody asks the user for it: listen to `toolApproval`.',
      'tool-not-approved',
    )
  }
  return approval
}

async function readArguments(name: string, text: string, { validate }: ResolvedParameters): Promise<unknown> {
  let args: unknown
  try {
    // Some models write nothing where there are no arguments.
    args = JSON.parse(text.trim() || '{}')
  } catch {
    // What JSON.parse throws quotes the text.
    throw wrongArguments(name, 'arguments: must be valid JSON')
  }
  const result = await validate(args)
  if (result.issues) throw wrongArguments(name, describeIssues(result.issues))
  return result.value
}

function wrongArguments(name: string, issues: string): ToolError {
  return toolError(name, `was called with wrong arguments. ${issues}`, 'tool-arguments')
}
