import type { ModelSession } from '../../model.ts'
import type { WireError, WireUsage } from '../wire.ts'
import type { LiveClientEvent, LiveServerEvent, WireResponsesEvent } from './wire.ts'

/** What {@link Delegations} works with. */
export interface DelegationsHost {
  readonly session: Pick<ModelSession, 'runTool'>
  readonly send: (event: LiveClientEvent) => void
  /** Work began. */
  onBegin(id: string): void
  /** Work is done; comes once for each `onBegin`. */
  onEnd(id: string): void
  onUsage(usage: WireUsage): void
  onFailure(error: WireError): void
}

/** The work of one delegation. */
interface Work {
  /** Calls of the response that is under way. */
  calls: number
  /** Those of them that are not answered. */
  pending: number
  /** Whether that response has ended. */
  over: boolean
}

/**
 * Runs the tools that a Responses model calls which works for the voice, all at once. Outputs go out as
 * they come; the model is asked to go on, once, when its response is over and every output is out.
 */
export class Delegations {
  readonly #host: DelegationsHost
  readonly #works = new Map<string, Work>()
  readonly #taken = new Set<string>()

  constructor(host: DelegationsHost) {
    this.#host = host
  }

  receive({ delegation_id, event }: Extract<LiveServerEvent, { type: 'response.event' }>): void {
    const { item, response } = event
    // What goes on after a tool may come without the id.
    const id = delegation_id ?? [...this.#works.keys()].at(-1) ?? 'responses'
    switch (event.type) {
      case 'response.created':
        return this.#begin(id)
      case 'response.output_item.done':
        if (item?.type === 'function_call' && item.call_id) this.#call(id, item.call_id, item)
        return undefined
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        if (response?.usage) this.#host.onUsage(response.usage)
        if (event.type === 'response.failed') this.#fail(id, response?.error)
        return this.#settle(id, true)
    }
    return undefined
  }

  /** Its work, which began now if it is not known. */
  #begin(id: string): void {
    const known = this.#works.get(id)
    if (known) known.over = false
    else {
      this.#works.set(id, { calls: 0, pending: 0, over: false })
      this.#host.onBegin(id)
    }
  }

  #call(
    id: string,
    callId: string,
    { name = '', arguments: args = '' }: NonNullable<WireResponsesEvent['item']>,
  ): void {
    if (this.#taken.has(callId)) return
    this.#taken.add(callId)
    this.#begin(id)
    const work = this.#works.get(id)
    if (!work) return
    work.calls++
    work.pending++
    void this.#host.session.runTool({ callId, name, arguments: args }).then(({ output }) => {
      const item = { type: 'function_call_output' as const, call_id: callId, output }
      this.#host.send({ type: 'response.item.create', item })
      work.pending--
      this.#settle(id, work.over)
    })
  }

  #fail(id: string, error: WireError | null | undefined): void {
    const work = this.#works.get(id)
    if (work) work.calls = work.pending = 0
    this.#host.onFailure(error ?? { message: 'A delegated response failed.' })
  }

  #settle(id: string, over: boolean): void {
    const work = this.#works.get(id)
    if (!work) return
    work.over = over
    if (!over || work.pending > 0) return
    if (work.calls > 0) {
      work.calls = 0
      this.#host.send({ type: 'response.create' })
    } else {
      this.#works.delete(id)
      this.#host.onEnd(id)
    }
  }
}
