import type { Blob } from './realtime-input.ts'
import type { Json } from './wire.ts'

/** A call that waits for its response. */
export interface PendingCall {
  readonly id: string
  readonly name: string
  readonly args: Json
  readonly blocking: boolean
  /** The turn that made it. */
  readonly turn: object
}

/** What a client says of a call. */
export interface FunctionResponse {
  readonly id?: string
  readonly name?: string
  readonly response: Json
  /** Images that belong to it. */
  readonly parts?: readonly { readonly inlineData: Blob }[]
  readonly scheduling?: 'SILENT' | 'WHEN_IDLE' | 'INTERRUPT'
  readonly willContinue?: boolean
}

/** The calls that a client has not answered yet. */
export class ToolCalls {
  readonly #pending = new Map<string, PendingCall>()
  readonly #cancelled = new Set<string>()
  #settled: (() => void) | undefined

  get pending(): number {
    return this.#pending.size
  }

  get blocking(): boolean {
    return [...this.#pending.values()].some(({ blocking }) => blocking)
  }

  add(calls: readonly PendingCall[]): void {
    for (const call of calls) this.#pending.set(call.id, call)
  }

  /** Resolves when no blocking call is left, answered or cancelled. */
  async settled(): Promise<void> {
    if (this.blocking) await new Promise<void>((resolve) => void (this.#settled = resolve))
  }

  /** Takes a response. Gives its call, or why there is none. */
  answer({ id = '', willContinue }: FunctionResponse): PendingCall | 'unknown' | 'cancelled' {
    const call = this.#pending.get(id)
    if (!call) return this.#cancelled.has(id) ? 'cancelled' : 'unknown'
    if (call.blocking || willContinue !== true) this.#pending.delete(id)
    return call
  }

  /** Cancels what the user's interruption of a turn cancels: its calls, and blocking ones. Gives their ids. */
  cancel(interrupted: object | undefined): readonly string[] {
    const calls = [...this.#pending.values()].filter(({ blocking, turn }) => blocking || turn === interrupted)
    for (const { id } of calls) {
      this.#pending.delete(id)
      this.#cancelled.add(id)
    }
    this.settle()
    return calls.map(({ id }) => id)
  }

  /** Forgets all calls. */
  clear(): void {
    this.#pending.clear()
    this.settle()
  }

  /** Lets the turn go on if no blocking call is left. */
  settle(): void {
    if (this.blocking) return
    this.#settled?.()
    this.#settled = undefined
  }
}
