import { setTimeout as sleep } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright'
import { median } from '../statistics.ts'

/** A function, what it allocated itself, and what it called. */
interface ProfileNode {
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly selfSize: number
  readonly children: readonly ProfileNode[]
}

interface Answer {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

const SAMPLING_BYTES = 16
const QUANTUM = 128
const WINDOWS = 9
const WINDOW_MS = 120

/**
 * Watches the heaps of a page's worklets with the browser's own sampling profiler, which counts what is
 * freed again, too. The memory behind typed arrays is not on the heap: it is read beside it.
 */
export class WorkletHeaps {
  readonly #session: CDPSession
  readonly #worklets: string[] = []
  readonly #pending = new Map<number, (answer: Answer) => void>()
  #lastId = 0

  private constructor(session: CDPSession) {
    this.#session = session
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worklet') this.#worklets.push(sessionId)
    })
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const answer = JSON.parse(message) as Answer
      if (answer.id !== undefined) this.#pending.get(answer.id)?.(answer)
    })
  }

  /** Attaches to all worklets that the page has, or comes to have. */
  static async attach(page: Page): Promise<WorkletHeaps> {
    const session = await page.context().newCDPSession(page)
    const heaps = new WorkletHeaps(session)
    await session.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
      filter: [{}],
    })
    return heaps
  }

  /**
   * Bytes that worklets loaded from `blob:` allocate per 128 frames: objects, as far as a function called
   * `process` makes them, and the memory behind typed arrays.
   */
  async bytesPerQuantum(): Promise<number> {
    const isolates = new Map<string, string>()
    for (const worklet of this.#worklets) {
      const { id } = await this.#send<{ id: string }>(worklet, 'Runtime.getIsolateId')
      isolates.set(id, worklet)
    }
    const measured = await Promise.all([...isolates.values()].map((worklet) => this.#measure(worklet)))
    return measured.reduce((sum, bytes) => sum + bytes, 0)
  }

  async #measure(worklet: string): Promise<number> {
    await this.#send(worklet, 'HeapProfiler.enable')
    await this.#send(worklet, 'HeapProfiler.startSampling', {
      samplingInterval: SAMPLING_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    })
    const begin = await this.#read(worklet)
    const growth: number[] = []
    let last = begin
    for (let window = 0; window < WINDOWS; window++) {
      await sleep(WINDOW_MS)
      const now = await this.#read(worklet)
      growth.push(((now.backingBytes - last.backingBytes) * QUANTUM) / (now.frame - last.frame))
      last = now
    }
    type Profile = { profile: { head: ProfileNode } }
    const { profile } = await this.#send<Profile>(worklet, 'HeapProfiler.stopSampling')
    const objects = allocatedByProcess(profile.head) / ((last.frame - begin.frame) / QUANTUM)
    // Half of the windows have no garbage collection in them.
    return objects + Math.max(0, median(growth))
  }

  async #read(worklet: string): Promise<{ frame: number; backingBytes: number }> {
    type Evaluated = { result: { value: number } }
    const expression = 'currentFrame'
    const { result } = await this.#send<Evaluated>(worklet, 'Runtime.evaluate', { expression })
    const usage = await this.#send<{ backingStorageSize: number }>(worklet, 'Runtime.getHeapUsage')
    return { frame: result.value, backingBytes: usage.backingStorageSize }
  }

  async #send<T>(worklet: string, method: string, params = {}): Promise<T> {
    const id = ++this.#lastId
    const answered = new Promise<Answer>((resolve) => {
      this.#pending.set(id, resolve)
    })
    const message = JSON.stringify({ id, method, params })
    await this.#session.send('Target.sendMessageToTarget', { sessionId: worklet, message })
    const { result, error } = await answered
    this.#pending.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result as T
  }
}

function allocatedByProcess(node: ProfileNode): number {
  const { functionName, url } = node.callFrame
  if (functionName === 'process' && url.startsWith('blob:')) return total(node)
  return node.children.reduce((sum, child) => sum + allocatedByProcess(child), 0)
}

function total({ selfSize, children }: ProfileNode): number {
  return children.reduce((sum, child) => sum + total(child), selfSize)
}
