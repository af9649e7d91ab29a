import type { Emitter } from '../core/emitter.ts'
import { messageOf, ToolError, type VivaVoceError } from '../core/errors.ts'
import type { ToolCall, ToolOutcome } from './tool-call.ts'
import type { Tool, ToolPipeline } from './tool.ts'

/** What becomes of a call: one `toolCalled`, at most one `error`, one `toolFinished`, in this order. */
export interface ToolEvents {
  /** The model asked for a tool, which now runs. */
  toolCalled: ToolCall
  /** A tool ended, well or not. */
  toolFinished: {
    readonly callId: string
    readonly name: string
    readonly ok: boolean
    /** From the call to the outcome, ms. */
    readonly durationMs: number
  }
  /** Not of a tool that was cancelled: that is nobody's failure. */
  error: VivaVoceError
}

/** Options of a {@link ToolRunner}. */
export interface ToolRunnerOptions {
  readonly tools: readonly Tool[]
  /** Handed to the tools. */
  readonly pipeline: ToolPipeline
  /** Tells of the calls. A listener that throws must not keep the model from its answer. */
  readonly events: Pick<Emitter<ToolEvents>, 'emit'>
}

/** Runs the tools that a model calls, side by side, and has exactly one outcome for each call. */
export class ToolRunner {
  readonly #tools: ReadonlyMap<string, Tool>
  readonly #pipeline: ToolPipeline
  readonly #events: ToolRunnerOptions['events']
  readonly #outcomes = new Map<string, Promise<ToolOutcome>>()
  readonly #underWay = new Map<string, (reason: string) => void>()

  constructor({ tools, pipeline, events }: ToolRunnerOptions) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]))
    this.#pipeline = pipeline
    this.#events = events
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

  /** Ends a call as cancelled, if it is under way: the model does not want its answer any more. */
  cancel(callId: string): void {
    this.#underWay.get(callId)?.('the model took it back')
  }

  /** Ends every call that is under way as cancelled, and forgets all call ids. New calls may follow. */
  abort(): void {
    this.#outcomes.clear()
    // A copy, since a listener may answer a cancelled call with a new one.
    const underWay = [...this.#underWay.values()]
    for (const cancel of underWay) cancel('the conversation is over')
  }

  #start(call: ToolCall, answer: (outcome: ToolOutcome) => void): void {
    const { callId, name } = call
    const tool = this.#tools.get(name)
    const startedAt = performance.now()
    const controller = new AbortController()
    const { signal } = controller
    let timer: ReturnType<typeof setTimeout> | undefined

    const finish = (result: string | ToolError): void => {
      if (this.#underWay.get(callId) !== cancel) return
      this.#underWay.delete(callId)
      clearTimeout(timer)
      const ok = typeof result === 'string'
      answer({ output: ok ? result : JSON.stringify({ error: result.message }), ok })
      if (!ok) {
        controller.abort(result)
        if (result.code !== 'tool-cancelled') this.#events.emit('error', result)
      }
      const durationMs = performance.now() - startedAt
      this.#events.emit('toolFinished', { callId, name, ok, durationMs })
    }
    const fail = (code: ToolError['code'], message: string, cause?: unknown): void =>
      finish(new ToolError(message, { code, toolName: name, retryable: code === 'tool-timeout', cause }))
    const cancel = (reason: string): void =>
      fail('tool-cancelled', `Tool "${name}" was cancelled: ${reason}.`)

    this.#underWay.set(callId, cancel)
    this.#events.emit('toolCalled', call)
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
