import { messageOf, OptionError, ToolError } from '../core/errors.ts'
import type { JsonObjectSchema } from './json-schema-type.ts'
import type { ToolDeclaration } from './tool-call.ts'
import { ToolRunner, type ToolRunnerOptions } from './tool-runner.ts'
import {
  describeIssues,
  resolveParameters,
  type ResolvedParameters,
  type ToolArguments,
  type ToolParameters,
} from './tool-parameters.ts'

/** What a tool may do with the conversation that called it. */
export interface ToolPipeline {
  /** What the conversation is doing, such as `'speaking'`. */
  readonly state: string
  sendMessage(text: string): Promise<void>
  interrupt(): void
  mute(): void
  unmute(): void
  close(): Promise<void>
}

/** What a tool gets besides its arguments. */
export interface ToolContext {
  /** Aborts when nobody waits for the result any more: the time is up, or the conversation is over. */
  readonly signal: AbortSignal
  readonly pipeline: ToolPipeline
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
   * `{"ok":true}`. The message of what it throws is told to the model too.
   */
  readonly execute: (args: ToolArguments<Parameters>, context: ToolContext) => unknown
  /** How long the model waits for the result, ms. Default 30 000. */
  readonly timeoutMs?: number
}

/** Something that the model may do besides talking. Made by {@link tool}. */
export interface Tool {
  readonly name: string
  readonly description: string
  /** What the model is told of it. Plain JSON. */
  readonly declaration: ToolDeclaration
  /** How long the model waits for the result, ms. */
  readonly timeoutMs: number
  /**
   * Checks the arguments, runs the tool and gives what to tell the model. Rejects with a `ToolError`
   * `tool-arguments` if they do not fit, `tool-failed` if the result is not JSON, or with whatever the
   * tool threw.
   * @param argumentsText JSON, if the model kept to its word.
   */
  run(argumentsText: string, context: ToolContext): Promise<string>
  /** @internal What runs it and its like: it comes with them, so that a page without tools does not load it. */
  makeRunner(options: ToolRunnerOptions): ToolRunner
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
    makeRunner: (options) => new ToolRunner(options),
    run: async (argumentsText, context) => {
      const args = await readArguments(name, argumentsText, resolved)
      // A schema may take its time, and a call that nobody waits for must have no effect.
      context.signal.throwIfAborted()
      return writeResult(name, await execute(args as ToolArguments<Parameters>, context))
    },
  }
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
  return new ToolError(`Tool "${name}" was called with wrong arguments. ${issues}`, {
    code: 'tool-arguments',
    toolName: name,
  })
}

function writeResult(name: string, result: unknown): string {
  if (typeof result === 'string') return result
  try {
    const json: string | undefined = JSON.stringify(result === undefined ? { ok: true } : result)
    if (json === undefined) throw new TypeError(`it is a ${typeof result}`)
    return json
  } catch (cause) {
    throw new ToolError(`The result of tool "${name}" cannot be written as JSON: ${messageOf(cause)}`, {
      code: 'tool-failed',
      toolName: name,
      cause,
    })
  }
}
