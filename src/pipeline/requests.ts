import type { VivaVoceError } from '../core/errors.ts'
import type { EngineReport } from '../engine/messages.ts'

interface Reply {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: VivaVoceError) => void
}

/** Promises that the engine settles, by number. */
export class Requests {
  readonly #replies = new Map<number, Reply>()
  #last = 0

  /** Asks for something; `ask` is given the number to settle it by. */
  async make(ask: (request: number) => void): Promise<unknown> {
    const request = ++this.#last
    return new Promise((resolve, reject) => {
      this.#replies.set(request, { resolve, reject })
      ask(request)
    })
  }

  settle({
    request,
    error,
    value,
  }: Pick<Extract<EngineReport, { type: 'settled' }>, 'request' | 'error' | 'value'>): void {
    const reply = this.#replies.get(request)
    this.#replies.delete(request)
    if (error) reply?.reject(error)
    else reply?.resolve(value)
  }

  /** Rejects everything that is not settled. */
  rejectAll(error: VivaVoceError): void {
    for (const request of this.#replies.keys()) this.settle({ request, error })
  }
}
