import { isVivaVoceError, messageOf } from '../core/errors.ts'
import { decode, encode, type Receiver, type Sender } from './portable.ts'

type Call = (...args: unknown[]) => unknown

/** What goes over the port, either way. */
type Message =
  | { readonly type: 'call'; readonly call: number; readonly to: number; readonly args: unknown }
  | { readonly type: 'resolve' | 'reject'; readonly call: number; readonly value: unknown }
  | { readonly type: 'abort'; readonly signal: number; readonly reason: unknown }

/** A port, or a Worker. */
export interface RemotePort {
  onmessage: unknown
  postMessage(message: unknown, transfer: Transferable[]): void
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Functions across a port. What is called there gets arguments as they are here, functions and signals among
 * them, and answers with a promise. Calls arrive in order.
 */
export class Remote {
  readonly #port: RemotePort
  readonly #desk: Omit<Sender, 'transfer'> & Receiver
  readonly #shared: Call[] = []
  readonly #calls = new Map<number, Pending>()
  readonly #aborts = new Map<number, AbortController>()
  #calling = 0
  #signals = 0

  /** @param root What the other side reaches as function 0. @param make Makes what has a recipe. */
  constructor(port: RemotePort, root?: Call, make: Receiver['make'] = () => undefined) {
    this.#port = port
    if (root) this.#shared.push(root)
    this.#desk = {
      make,
      share: (one) => this.#shared.push(one as Call) - 1,
      reach:
        (id) =>
        async (...args) =>
          this.call(id, ...args),
      signal: (id) => this.#abortOf(id).signal,
      watch: (signal) => {
        const id = this.#signals++
        const tell = (): void => this.#post({ type: 'abort', signal: id, reason: signal.reason })
        if (signal.aborted) queueMicrotask(tell)
        else signal.addEventListener('abort', tell)
        return id
      },
    }
  }

  /** Takes what comes from now on. */
  open(): this {
    this.#port.onmessage = ({ data }: { data: Message }) => this.#take(data)
    return this
  }

  /** Calls a function of the other side's. */
  async call(to: number, ...args: unknown[]): Promise<unknown> {
    const call = ++this.#calling
    return new Promise((resolve, reject) => {
      this.#post({ type: 'call', call, to, args })
      this.#calls.set(call, { resolve, reject })
    })
  }

  #take(message: Message): void {
    if (message.type === 'call') return void this.#answer(message)
    if (message.type === 'abort') {
      return this.#abortOf(message.signal).abort(decode(message.reason, this.#desk))
    }
    const pending = this.#calls.get(message.call)
    this.#calls.delete(message.call)
    pending?.[message.type](decode(message.value, this.#desk))
  }

  async #answer({ call, to, args }: Extract<Message, { type: 'call' }>): Promise<void> {
    try {
      const value = await this.#shared[to]?.(...(decode(args, this.#desk) as unknown[]))
      this.#post({ type: 'resolve', call, value })
    } catch (error) {
      // Of what is not ours it is not known whether it can be sent.
      const told = isVivaVoceError(error) ? error : new Error(messageOf(error))
      this.#post({ type: 'reject', call, value: told })
    }
  }

  #post(message: Message): void {
    const transfer: Transferable[] = []
    this.#port.postMessage(encode(message, { ...this.#desk, transfer }), transfer)
  }

  #abortOf(signal: number): AbortController {
    let controller = this.#aborts.get(signal)
    if (!controller) this.#aborts.set(signal, (controller = new AbortController()))
    return controller
  }
}
