import type { ToolOutcome } from '../../agent/tool-call.ts'
import type { ModelSession } from '../model.ts'
import type { Emit } from './events.ts'
import { type GeminiRealtimeOptions, settingOf } from './options.ts'
import type { Outbox } from './outbox.ts'
import type { Traits } from './traits.ts'
import type { ToolScheduling, WireFunctionCall, WireFunctionResponse } from './wire.ts'

/** What {@link FunctionCalls} work with. */
export interface FunctionCallsHost {
  readonly session: Pick<ModelSession, 'runTool'>
  readonly options: GeminiRealtimeOptions
  readonly traits: Traits
  readonly outbox: Outbox
  readonly emit: Emit
  /** Answers were sent; what happens next. */
  readonly onAnswered: (scheduling: ToolScheduling | undefined) => void
}

interface Pending {
  /** As the model called it; it may have no id. */
  readonly id: string | undefined
  readonly name: string
  readonly blocking: boolean
  readonly scheduling: ToolScheduling | undefined
}

type Answer = readonly [callId: string, outcome: Omit<ToolOutcome, 'ok'>]

/** The calls of one connection: each is run once, and answered once unless it is taken back. */
export class FunctionCalls {
  readonly #host: FunctionCallsHost
  readonly #seen = new Set<string>()
  readonly #pending = new Map<string, Pending>()

  constructor(host: FunctionCallsHost) {
    this.#host = host
  }

  /** Whether a call waits for its answer. */
  get pending(): boolean {
    return this.#pending.size > 0
  }

  /** Whether the model waits for an answer, or will say something about one. */
  get expected(): boolean {
    return [...this.#pending.values()].some(({ scheduling }) => scheduling !== 'SILENT')
  }

  /** Whether the model itself waits. */
  get blocking(): boolean {
    return [...this.#pending.values()].some(({ blocking }) => blocking)
  }

  /**
   * Takes the calls of one message. Those that the model waits for are answered together.
   * @param isRefused The user interrupted: they are not run, and answered all the same.
   */
  take(calls: readonly WireFunctionCall[], prefix: string, isRefused: boolean): void {
    const { options, traits, session, outbox } = this.#host
    const waitedFor: Promise<Answer>[] = []
    const answer = (answers: Promise<Answer>[]): void => {
      void Promise.all(answers).then((outputs) => this.#answer(outputs))
    }
    for (const [index, { id, name = '', args = {} }] of calls.entries()) {
      const callId = id ?? `${prefix}-${index}`
      if (this.#seen.has(callId)) continue
      this.#seen.add(callId)
      const behavior = settingOf(options.toolBehavior, name)
      const blocking = behavior ? behavior === 'BLOCKING' : traits.waits
      const scheduling = blocking ? undefined : settingOf(options.toolScheduling, name)
      this.#pending.set(callId, { id, name, blocking, scheduling })
      const run = async (): Promise<Answer> => {
        if (isRefused) return [callId, { output: '{"error":"The user interrupted."}' }]
        return [callId, await session.runTool({ callId, name, arguments: JSON.stringify(args) })]
      }
      if (blocking) waitedFor.push(run())
      else answer([run()])
    }
    outbox.shut = traits.waits && this.blocking
    answer(waitedFor)
  }

  /** The model does not want these answered any more. */
  cancel(ids: readonly string[]): void {
    for (const callId of ids) if (this.#pending.delete(callId)) this.#host.emit('toolCancelled', { callId })
    this.#host.outbox.shut &&= this.blocking
  }

  /** The connection is over: nothing is answered any more. */
  close(): void {
    this.#pending.clear()
  }

  #answer(outputs: readonly Answer[]): void {
    const { outbox, traits, onAnswered } = this.#host
    const functionResponses = outputs.flatMap(([callId, { output, images = [] }]): WireFunctionResponse[] => {
      const call = this.#pending.get(callId)
      // Taken back, or of a connection that is no more.
      if (!call) return []
      this.#pending.delete(callId)
      const { blocking: _, ...rest } = call
      const shown = images.map(({ mimeType, data }) => ({ mimeType, data }))
      const isPart = traits.responseImages && shown.length > 0
      if (!isPart) for (const video of shown) outbox.send({ realtimeInput: { video } })
      const parts = isPart ? shown.map((inlineData) => ({ inlineData })) : undefined
      // JSON leaves out what is undefined.
      return [{ ...rest, response: responseOf(output), parts } as WireFunctionResponse]
    })
    if (!functionResponses[0]) return
    outbox.send({ toolResponse: { functionResponses } })
    outbox.shut &&= this.blocking
    onAnswered(functionResponses[0].scheduling)
  }
}

/** A response is an object: what is none becomes a field of one. */
function responseOf(output: string): Record<string, unknown> {
  let value: unknown = output
  try {
    value = JSON.parse(output)
  } catch {
    // Text, then.
  }
  const isObject = value instanceof Object && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : { output: value }
}
