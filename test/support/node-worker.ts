import { AsyncLocalStorage } from 'node:async_hooks'
import { resolveObjectURL } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  MessageChannel,
  type MessagePort,
  type TransferListItem,
  Worker as Thread,
} from 'node:worker_threads'

/** How far the clocks of all Workers are put forward, ms. */
const ahead = new Int32Array(new SharedArrayBuffer(4))

/** What a thread tells of itself, besides what its script says. */
type Notice =
  | { readonly type: 'error' | 'rejection'; readonly message: string }
  | { readonly type: 'settled'; readonly id: number }

/** A browser's `Worker` on a thread of Node's. It runs the classic script of a `blob:` URL. */
export class NodeWorker {
  /** Where Workers are put that are made in the same asynchronous context. */
  static readonly crew: AsyncLocalStorage<NodeWorker[]> = new AsyncLocalStorage()
  /** A script that all Workers run before their own. */
  static prelude = ''
  /** Whether the clocks of Workers that begin now stand still, but for `pass`. */
  static frozen = false

  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onmessageerror: ((event: { readonly type: string }) => void) | null = null
  onerror: ((event: { readonly type: string; readonly message: string }) => void) | null = null
  /** Errors that nobody caught in there. */
  readonly faults: string[] = []
  readonly #thread: Thread
  readonly #control: MessagePort
  readonly #settling = new Map<number, () => void>()
  #settles = 0
  #over = false

  constructor(url: string) {
    const { port1: control, port2: far } = new MessageChannel()
    const thread = new Thread(new URL('./node-worker-scope.cjs', import.meta.url), {
      workerData: { control: far, ahead, skewMs: performance.now(), frozen: NodeWorker.frozen },
      transferList: [far],
    })
    this.#thread = thread
    this.#control = control
    thread.on('message', (data) => this.onmessage?.({ data }))
    thread.on('messageerror', () => this.onmessageerror?.({ type: 'messageerror' }))
    thread.on('error', ({ message }) => this.#fail(message))
    thread.on('exit', () => this.#end())
    control.on('message', (notice: Notice) => this.#take(notice))
    // A URL may be revoked as soon as the Worker has answered, and later.
    const blob = resolveObjectURL(url)
    if (blob)
      void blob
        .text()
        .then((source) => this.#control.postMessage({ type: 'run', source, prelude: NodeWorker.prelude }))
    else queueMicrotask(() => this.#fail(`Nothing can be loaded from ${url}.`))
    NodeWorker.crew.getStore()?.push(this)
  }

  /** Puts the clock of every Worker forward, or back. */
  static putForward(ms: number): void {
    Atomics.add(ahead, 0, ms)
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#thread.postMessage(message, transfer as unknown as TransferListItem[])
  }

  terminate(): void {
    void this.ended()
  }

  /** Terminates it; resolves when it is gone. */
  async ended(): Promise<void> {
    await this.#thread.terminate()
    this.#end()
  }

  /**
   * Resolves when all that was sent there so far, by whichever port, was handled, and what was sent back at once
   * has arrived.
   */
  async settled(): Promise<void> {
    await this.#ask('settle')
  }

  /** Lets so much time pass on a clock that is frozen, and timers run that are due by then. */
  async pass(ms: number): Promise<void> {
    await this.#ask('pass', { ms })
  }

  async #ask(type: 'settle' | 'pass', details: object = {}): Promise<void> {
    if (this.#over) return
    await new Promise<void>((resolve) => {
      const id = ++this.#settles
      this.#settling.set(id, resolve)
      this.#control.postMessage({ type, id, ...details })
    })
    await nextTurn()
  }

  #take(notice: Notice): void {
    if (notice.type === 'settled') {
      this.#settling.get(notice.id)?.()
      this.#settling.delete(notice.id)
    } else if (notice.type === 'error') this.#fail(notice.message)
    else this.faults.push(notice.message)
  }

  #fail(message: string): void {
    this.faults.push(message)
    this.onerror?.({ type: 'error', message })
  }

  #end(): void {
    this.#over = true
    this.#control.close()
    for (const resolve of this.#settling.values()) resolve()
    this.#settling.clear()
  }
}
