import { messageOf, OptionError, ToolError, type VivaVoceError } from '../core/errors.ts'
import type { Agent } from './agent.ts'
import type { ToolCall, ToolImage, ToolOutcome } from './tool-call.ts'
import { toolError } from './tool-error.ts'
import { startTimeLimit, type TimeLimit } from './tool-time-limit.ts'
import type { Tool, ToolContext, ToolHost, ToolPipeline } from './tool.ts'

/** A call that waits for the user's approval. Once the call is over, neither method does anything. */
export interface ToolApproval {
  readonly callId: string
  readonly name: string
  /** What the tool is to be run with: arguments that are checked. */
  readonly arguments: unknown
  /** Runs the tool. */
  approve(this: void): void
  /** Tells the model that the user refused. */
  reject(this: void, reason?: string): void
}

/**
 * What becomes of a call: one `toolCalled`, one `toolApproval` if it needs one, at most one `error` for its
 * outcome, one `toolFinished`, in this order.
 */
export interface ToolEvents {
  /** The model asked for a tool, which now runs, or waits for approval. */
  toolCalled: ToolCall
  /** The user is to be asked. If nobody listens to this the call is refused. */
  toolApproval: ToolApproval
  /** A tool says how far it is. */
  toolProgress: { readonly callId: string; readonly name: string; readonly text: string }
  /** A tool ended, well or not. */
  toolFinished: {
    readonly callId: string
    readonly name: string
    /** What the model was told. */
    readonly output: string
    readonly ok: boolean
    /** From the call to the outcome, ms. */
    readonly durationMs: number
  }
  /** Not of a tool that was cancelled or that the user refused: that is nobody's failure. */
  error: VivaVoceError
}

/** Options of a {@link ToolRunner}. */
export interface ToolRunnerOptions {
  readonly tools: readonly Tool[]
  /** Handed to the tools. */
  readonly pipeline: ToolPipeline
  /** Tells of the calls. A listener that throws must not keep the model from its answer. */
  readonly events: {
    /** Truthy if anybody listens: only then does a call wait for approval. */
    emit<Name extends keyof ToolEvents>(event: Name, payload: ToolEvents[Name]): unknown
  }
  /** Makes pictures ready to be sent. Absent if the model sees none. */
  readonly encodeImages?: ((sources: readonly unknown[]) => Promise<readonly ToolImage[]>) | undefined
  /** Makes another agent speak. */
  readonly handOff?: ((agent: Agent) => Promise<void>) | undefined
}

/** A call that has no outcome yet. */
interface RunningCall extends ToolCall {
  readonly tool: Tool | undefined
  readonly signal: AbortSignal
  /** Starts when the tool does. */
  limit?: TimeLimit
  images?: readonly ToolImage[]
  /** Ends it, unless it has ended. `isFailure`: whether an error is an `error` event. */
  finish(this: void, result: string | ToolError, isFailure?: boolean): void
}

/** Runs the tools that a model calls, side by side, and has exactly one outcome for each call. */
export class ToolRunner {
  #tools: readonly Tool[]
  readonly #options: ToolRunnerOptions
  readonly #outcomes = new Map<string, Promise<ToolOutcome>>()
  readonly #running = new Set<RunningCall>()

  constructor(options: ToolRunnerOptions) {
    this.#tools = options.tools
    this.#options = options
  }

  /** Changes what may be called from now on. Calls that are under way go on. */
  setTools(tools: readonly Tool[]): void {
    this.#tools = tools
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
    this.#cancel('the model took it back', (running) => running.callId === callId)
  }

  /** Ends every call that is under way as cancelled whose tool has `cancelOnInterrupt`. */
  interrupt(): void {
    this.#cancel('the user interrupted', ({ tool }) => tool?.cancelOnInterrupt)
  }

  /** Ends every call that is under way as cancelled, and forgets all call ids. New calls may follow. */
  abort(): void {
    this.#outcomes.clear()
    this.#cancel('the conversation is over', () => true)
  }

  #cancel(reason: string, isMeant: (running: RunningCall) => boolean | undefined): void {
    // A copy, since a listener may answer a cancelled call with a new one.
    const calls = [...this.#running]
    for (const running of calls) {
      if (isMeant(running)) {
        running.finish(toolError(running.name, `was cancelled: ${reason}.`, 'tool-cancelled'), false)
      }
    }
  }

  #start(call: ToolCall, answer: (outcome: ToolOutcome) => void): void {
    const { callId, name } = call
    const { events } = this.#options
    const startedAt = performance.now()
    const controller = new AbortController()
    const { signal } = controller
    const tool = this.#tools.find((tool) => tool.name === name)
    const finish: RunningCall['finish'] = (result, isFailure = true) => {
      if (!this.#running.delete(running)) return
      running.limit?.pause()
      const ok = typeof result === 'string'
      const output = ok ? result : JSON.stringify({ error: result.message })
      answer({ output, ok, ...(ok && running.images && { images: running.images }) })
      if (!ok) {
        controller.abort(result)
        if (isFailure) events.emit('error', result)
      }
      events.emit('toolFinished', { callId, name, output, ok, durationMs: performance.now() - startedAt })
    }
    const running: RunningCall = { ...call, tool, signal, finish }

    this.#running.add(running)
    events.emit('toolCalled', call)
    if (signal.aborted) return
    if (!tool) {
      const names = this.#tools.map((tool) => tool.name).join(', ')
      const message = `There is no tool "${name}". ${names ? `The tools are: ${names}.` : 'There are none.'}`
      finish(new ToolError(message, { code: 'tool-unknown', toolName: name }))
      return
    }
    running.limit = startTimeLimit(tool.timeoutMs, () =>
      finish(toolError(name, `gave no result within ${tool.timeoutMs} ms.`, 'tool-timeout')),
    )
    tool
      .run(call.arguments, this.#contextOf(running), this.#hostOf(running))
      .then(finish, (thrown: unknown) =>
        finish(
          thrown instanceof ToolError
            ? thrown
            : toolError(name, `failed: ${reasonOf(thrown)}`, 'tool-failed', thrown),
        ),
      )
  }

  #contextOf(running: RunningCall): ToolContext {
    const { callId, name, signal } = running
    const { events, pipeline } = this.#options
    let cannotSpeak = false
    const speak = async (text: string): Promise<void> => {
      const instructions = `Tell the user in one short sentence, without calling a tool: ${text}`
      await (
        await pipeline.generateReply({ instructions })
      ).heard
    }
    return {
      signal,
      pipeline,
      progress: (text, options) => {
        if (!this.#running.has(running)) return
        events.emit('toolProgress', { callId, name, text })
        if (!options?.speak || cannotSpeak || !this.#running.has(running)) return
        speak(text).catch((error: unknown) => {
          // Of all that may go wrong only this is news: what ends a conversation is told of elsewhere.
          if (cannotSpeak || !(error instanceof OptionError)) return
          cannotSpeak = true
          if (this.#running.has(running)) events.emit('error', error)
        })
      },
    }
  }

  #hostOf(running: RunningCall): ToolHost {
    const { callId, name, limit, finish } = running
    const { events, encodeImages, handOff } = this.#options
    return {
      approve: (args) => {
        let isDecided = false
        const decide = (act: () => void): void => {
          if (isDecided || !this.#running.has(running)) return
          isDecided = true
          act()
        }
        limit?.pause()
        let approve: () => void = () => {}
        const approval = new Promise<void>((resolve) => (approve = resolve))
        const isAsked = events.emit('toolApproval', {
          callId,
          name,
          arguments: args,
          approve: () =>
            decide(() => {
              limit?.resume()
              approve()
            }),
          reject: (reason) =>
            decide(() => {
              const message = `The user refused${reason ? `: ${reason}` : '.'}`
              finish(new ToolError(message, { code: 'tool-not-approved', toolName: name }), false)
            }),
        })
        return isAsked ? approval : undefined
      },
      addImages:
        encodeImages &&
        (async (sources) => {
          running.images = await encodeImages(sources)
        }),
      handOff,
    }
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
