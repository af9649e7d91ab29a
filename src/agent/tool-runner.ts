import { Emitter } from '../core/emitter.ts'
import { messageOf, ToolError } from '../core/errors.ts'
import type { ToolCall, ToolOutcome } from './tool-call.ts'
import type { Tool, ToolPipeline } from './tool.ts'

/** What becomes of the calls, in this order: one `called`, at most one `failed`, one `finished`. */
export type ToolEvent =
  | { readonly type: 'called'; readonly call: ToolCall }
  | { readonly type: 'failed'; readonly callId: string; readonly error: ToolError }
  | {
      readonly type: 'finished'
      readonly callId: string
      readonly name: string
      readonly ok: boolean
      /** From the call to the outcome, ms. */
      readonly durationMs: number
    }

/** Options of a {@link ToolRunner}. */
export interface ToolRunnerOptions {
  readonly tools: readonly Tool[]
  /** Handed to the tools. */
  readonly pipeline: ToolPipeline
  readonly onEvent: (event: ToolEvent) => void
}

/** Runs the tools that a model calls, side by side, and has exactly one outcome for each call. */
export class ToolRunner {
  readonly #tools: ReadonlyMap<string, Tool>
  readonly #pipeline: ToolPipeline
  // An emitter, so that a listener that throws cannot keep the model from its answer.
  readonly #events = new Emitter<{ event: ToolEvent }>()
  readonly #outcomes = new Map<string, Promise<ToolOutcome>>()
  readonly #underWay = new Set<() => void>()

  constructor({ tools, pipeline, onEvent }: ToolRunnerOptions) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]))
    this.#pipeline = pipeline
    this.#events.on('event', onEvent)
  }

  /**
   * Runs a tool, once for each `callId` until {@link ToolRunner.abort}: a repeated call gives the promise
   * of the first. Never rejects: a failure is an outcome whose `output` is `{"error":"…"}`. A result that
   * comes after the outcome is dropped.
   */
  run(call: ToolCall): Promise<ToolOutcome> {
    const known = this.#outcomes.get(call.callId)
    if (known) return known
    let answer: (outcome: ToolOutcome) => void = () => {}
    const outcome = new Promise<ToolOutcome>((resolve) => (answer = resolve))
    this.#outcomes.set(call.callId, outcome)
    this.#start(call, answer)
    return outcome
  }

  /** Ends every call that is under way as cancelled, and forgets all call ids. New calls may follow. */
  abort(): void {
    this.#outcomes.clear()
    // A copy, since a listener may answer a cancelled call with a new one.
    const underWay = [...this.#underWay]
    for (const cancel of underWay) cancel()
  }

  #start(call: ToolCall, answer: (outcome: ToolOutcome) => void): void {
    const { callId, name } = call
    const tool = this.#tools.get(name)
    const startedAt = performance.now()
    const controller = new AbortController()
    const { signal } = controller
    let timer: ReturnType<typeof setTimeout> | undefined

    const finish = (result: string | ToolError): void => {
      if (!this.#underWay.delete(cancel)) return
      clearTimeout(timer)
      const ok = typeof result === 'string'
      answer({ output: ok ? result : JSON.stringify({ error: result.message }), ok })
      if (!ok) {
        controller.abort(result)
        this.#events.emit('event', { type: 'failed', callId, error: result })
      }
      const durationMs = performance.now() - startedAt
      this.#events.emit('event', { type: 'finished', callId, name, ok, durationMs })
    }
    const fail = (code: ToolError['code'], message: string, cause?: unknown): void =>
      finish(new ToolError(message, { code, toolName: name, retryable: code === 'tool-timeout', cause }))
    const cancel = (): void =>
      fail('tool-cancelled', `Tool "${name}" was cancelled: the conversation is over.`)

    this.#underWay.add(cancel)
    this.#events.emit('event', { type: 'called', call })
    if (signal.aborted) return
    if (!tool) {
      const names = [...this.#tools.keys()].join(', ')
      fail(
        'tool-unknown',
        `There is no tool "${name}". ${names ? `The tools are: ${names}.` : 'There are none.'}`,
      )
      return
    }
    timer = setTimeout(
      () => fail('tool-timeout', `Tool "${name}" gave no result within ${tool.timeoutMs} ms.`),
      tool.timeoutMs,
    )
    tool.run(call.arguments, { signal, pipeline: this.#pipeline }).then(finish, (thrown: unknown) => {
      if (thrown instanceof ToolError) finish(thrown)
      else fail('tool-failed', `Tool "${name}" failed: ${reasonOf(thrown)}`, thrown)
    })
  }
}

/** Any value can be thrown, also one that has no text. */
function reasonOf(thrown: unknown): string {
  try {
    return messageOf(thrown)
  } catch {
    return 'it threw something that has no text.'
  }
}
