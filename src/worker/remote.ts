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

/** Functions across a port. */
export interface Remote {
  /** Calls a function of the other side's. */
  call(to: number, ...args: unknown[]): Promise<unknown>
  /** The other side is gone: what it gave of signals aborts, and what it was asked for fails. */
  close(reason: Error): void
}

/**
 * Connects both sides of a port. What is called there gets arguments as they are here, functions and signals among
 * them, and answers with a promise. Calls arrive in order.
 *
 * @param root What the other side reaches as function 0.
 */
export function connectRemote(port: RemotePort, root?: Call): Remote {
  const shared: Call[] = root ? [root] : []
  const calls = new Map<number, Pending>()
  const aborts = new Map<number, AbortController>()
  let last = 0
  const desk: Sender & Receiver = {
    transfer: [],
    share: (one) => shared.push(one as Call) - 1,
    reach:
      (id) =>
      async (...args) =>
        call(id, ...args),
    signal: (id) => abortOf(id).signal,
    watch(signal) {
      const id = ++last
      const tell = (): void => post({ type: 'abort', signal: id, reason: signal.reason })
      if (signal.aborted) queueMicrotask(tell)
      else signal.addEventListener('abort', tell)
      return id
    },
  }

  function post(message: Message): void {
    const sent = encode(message, desk)
    port.postMessage(sent, desk.transfer.splice(0))
  }

  async function call(to: number, ...args: unknown[]): Promise<unknown> {
    const id = ++last
    return new Promise((resolve, reject) => {
      post({ type: 'call', call: id, to, args })
      calls.set(id, { resolve, reject })
    })
  }

  async function answer({ call: id, to, args }: Extract<Message, { type: 'call' }>): Promise<void> {
    try {
      const value = await shared[to]?.(...(decode(args, desk) as unknown[]))
      post({ type: 'resolve', call: id, value })
    } catch (error) {
      // Of what is not ours it is not known whether it can be sent.
      const told = isVivaVoceError(error) ? error : new Error(messageOf(error))
      post({ type: 'reject', call: id, value: told })
    }
  }

  function abortOf(signal: number): AbortController {
    let controller = aborts.get(signal)
    if (!controller) aborts.set(signal, (controller = new AbortController()))
    return controller
  }

  port.onmessage = ({ data }: { data: Message }) => {
    if (data.type === 'call') return void answer(data)
    if (data.type === 'abort') return abortOf(data.signal).abort(decode(data.reason, desk))
    const pending = calls.get(data.call)
    calls.delete(data.call)
    pending?.[data.type](decode(data.value, desk))
  }

  return {
    call,
    close(reason) {
      for (const { reject } of calls.values()) reject(reason)
      for (const abort of aborts.values()) abort.abort(reason)
    },
  }
}
