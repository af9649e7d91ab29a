import type { ToolCall, ToolOutcome } from '../agent/tool-call.ts'

const cancelled: ToolOutcome = { output: JSON.stringify({ error: 'The conversation ended.' }), ok: false }

/** Tool calls that are under way on the page. */
export class ToolCalls {
  readonly #ask: (call: ToolCall) => void
  readonly #pending = new Map<
    string,
    { outcome: Promise<ToolOutcome>; settle: (outcome: ToolOutcome) => void }
  >()

  /** @param ask Asks the page to run a call. */
  constructor(ask: (call: ToolCall) => void) {
    this.#ask = ask
  }

  /** Runs a call, once for each id. Never rejects. */
  async run(call: ToolCall): Promise<ToolOutcome> {
    const known = this.#pending.get(call.callId)
    if (known) return known.outcome
    let settle: (outcome: ToolOutcome) => void = () => {}
    const outcome = new Promise<ToolOutcome>((resolve) => {
      settle = resolve
    })
    this.#pending.set(call.callId, { outcome, settle })
    this.#ask(call)
    return outcome
  }

  /** Takes the page's answer. */
  finish(callId: string, outcome: ToolOutcome): void {
    this.#pending.get(callId)?.settle(outcome)
  }

  /** Settles what is under way: the conversation is over. */
  clear(): void {
    for (const { settle } of this.#pending.values()) settle(cancelled)
    this.#pending.clear()
  }
}
