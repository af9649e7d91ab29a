import type { ToolCall, ToolImage } from '../../agent/tool-call.ts'
import type { VivaVoceError } from '../../core/errors.ts'
import type { ConversationHost } from './conversation-host.ts'
import { functionOutput, userMessage } from './encode.ts'
import type { ResponseQueue } from './response-queue.ts'

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
  /** Set if a tool has succeeded although the user spoke: how often the application had interrupted. */
  late?: number | undefined
}

/** What {@link ToolRounds} works with. */
export interface ToolRoundsHost extends Pick<ConversationHost, 'send' | 'emit' | 'assertFits' | 'traits'> {
  readonly session: Pick<ConversationHost['session'], 'runTool'>
}

/**
 * Runs the tools that a model calls, all at once. Outputs go out as they come; the model is asked to go
 * on, once, when its response is over and every output is out.
 *
 * If the user speaks in between, the model answers that, with what outputs there are. Those that come later
 * have an answer of their own, when nobody speaks; but not if the application has interrupted.
 */
export class ToolRounds {
  readonly #host: ToolRoundsHost
  readonly #queue: ResponseQueue
  readonly #taken = new Set<string>()

  constructor(host: ToolRoundsHost, queue: ResponseQueue) {
    this.#host = host
    this.#queue = queue
  }

  /** Runs a call, unless it was announced before. */
  take(round: ToolRound, call: ToolCall): void {
    if (this.#taken.has(call.callId)) return
    this.#taken.add(call.callId)
    round.calls++
    round.pending++
    const { drops } = this.#queue
    void this.#host.session.runTool(call).then(({ output, ok, images }) => {
      this.#host.send(functionOutput(call.callId, output))
      if (images?.length) this.#show(`Result of ${call.name}:`, images)
      round.pending--
      if (round.cut && ok) round.late = drops
      this.settle(round)
    })
  }

  /** Asks the model to go on if it is time. */
  settle(round: ToolRound): void {
    if (round.pending || !round.over) return
    if (round.calls && !round.cut) return this.#queue.request()
    if (round.late === this.#queue.drops) this.#queue.requestLater()
    round.late = undefined
  }

  /** A function's output has no place for images, so they follow in a message. */
  #show(text: string, images: readonly ToolImage[]): void {
    const { traits, assertFits, send, emit } = this.#host
    if (!traits.imageInput) return
    const event = userMessage({ text, images })
    try {
      assertFits?.(event)
      send(event)
    } catch (error) {
      emit('error', error as VivaVoceError)
    }
  }
}
