import type { ToolCall } from '../../agent/tool-call.ts'
import type { ModelSession } from '../model.ts'
import { functionOutput } from './encode.ts'
import type { ResponseQueue } from './response-queue.ts'
import type { ClientEvent } from './wire.ts'

/** The tool calls of one response, which is itself the round. */
export interface ToolRound {
  /** Calls taken whose outputs the model is to go on with. */
  calls: number
  /** Calls that were taken and are not answered. */
  pending: number
  /** Whether the response has ended, so that no more calls come. */
  over: boolean
  /** Whether nobody wants the model to go on. */
  cut: boolean
}

/** What {@link ToolRounds} works with. */
export interface ToolRoundsHost {
  readonly session: Pick<ModelSession, 'runTool'>
  readonly send: (event: ClientEvent) => void
}

/**
 * Runs the tools that a model calls, all at once. Outputs go out as they come; the model is asked to go
 * on, once, when its response is over and every output is out.
 */
export class ToolRounds {
  readonly #host: ToolRoundsHost
  readonly #queue: Pick<ResponseQueue, 'request'>
  readonly #taken = new Set<string>()

  constructor(host: ToolRoundsHost, queue: Pick<ResponseQueue, 'request'>) {
    this.#host = host
    this.#queue = queue
  }

  /** Runs a call, unless it was announced before. */
  take(round: ToolRound, call: ToolCall): void {
    if (this.#taken.has(call.callId)) return
    this.#taken.add(call.callId)
    round.calls++
    round.pending++
    void this.#host.session.runTool(call).then(({ output }) => {
      this.#host.send(functionOutput(call.callId, output))
      round.pending--
      this.settle(round)
    })
  }

  /** Asks the model to go on if it is time. */
  settle(round: ToolRound): void {
    if (round.calls && !round.pending && round.over && !round.cut) this.#queue.request()
  }
}
