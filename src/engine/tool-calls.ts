import type { ToolCall, ToolOutcome } from '../agent/tool-call.ts'

const cancelled: ToolOutcome = { output: JSON.stringify({ error: 'The conversation ended.' }), ok: false }

interface Pending {
  readonly outcome: Promise<ToolOutcome>
  readonly settle: (outcome: ToolOutcome) => void
}

/** What {@link ToolCalls} works with. */
export interface ToolCallsHost {
  /** Asks the page to run a call. */
  ask(call: ToolCall): void
  /** A call has its outcome. */
  onOutcome(call: ToolCall, outcome: ToolOutcome): void
}

/** Tool calls that are under way on the page. */
export class ToolCalls {
  readonly #host: ToolCallsHost
  readonly #calls = new Map<string, Pending>()
  readonly #running = new Set<Promise<ToolOutcome>>()

  constructor(host: ToolCallsHost) {
    this.#host = host
  }

  /** Whether a tool is running. */
  get busy(): boolean {
    return this.#running.size > 0
  }

  /** Resolves when no tool is running any more. */
  async idle(): Promise<void> {
    while (this.busy) await Promise.all(this.#running)
  }

  /** Runs a call, once for each id. Never rejects. */
  async run(call: ToolCall): Promise<ToolOutcome> {
    const known = this.#calls.get(call.callId)
    if (known) return known.outcome
    let settle: Pending['settle'] = () => {}
    const outcome = new Promise<ToolOutcome>((resolve) => {
      settle = (result) => {
        if (this.#running.delete(outcome)) this.#host.onOutcome(call, result)
        resolve(result)
      }
    })
    this.#calls.set(call.callId, { outcome, settle })
    this.#running.add(outcome)
    this.#host.ask(call)
    return outcome
  }

  /** Takes the page's answer. */
  finish(callId: string, outcome: ToolOutcome): void {
    this.#calls.get(callId)?.settle(outcome)
  }

  /** Settles what is under way: the conversation is over. */
  clear(): void {
    for (const { settle } of this.#calls.values()) settle(cancelled)
    this.#calls.clear()
  }
}
