import { ConnectionError } from '../core/errors.ts'
import type { WorkerReady } from './worker-protocol.ts'

/** A Worker that runs. */
export interface StartedWorker {
  readonly worker: Worker
  /** Zero of its clock, ms after the page's. */
  readonly offsetMs: number
}

/**
 * Starts the engine's Worker from `url`, or else from its source, by a `blob:` URL.
 * Rejects with a `ConnectionError` `worker-blocked` that says what to allow.
 */
export async function startWorker(url: string | undefined): Promise<StartedWorker> {
  let address = url
  let worker: Worker | undefined
  try {
    if (!address) {
      // A chunk of its own, with nothing but the script in it.
      const { default: source } = await import('./engine.worker.ts?worklet')
      address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
    }
    // Throws in some browsers where it is blocked, and emits `error` in others.
    const started = (worker = new Worker(address))
    const { timeOrigin } = await new Promise<WorkerReady>((resolve, reject) => {
      started.onmessage = ({ data }: MessageEvent<WorkerReady>) => resolve(data)
      started.onerror = ({ message }) => reject(new Error(message))
    })
    return { worker, offsetMs: timeOrigin - performance.timeOrigin }
  } catch (cause) {
    worker?.terminate()
    throw new ConnectionError(
      "The engine's Worker did not start: allow worker-src blob: in the Content-Security-Policy, or use " +
        'engineWorker({ url }).',
      { code: 'worker-blocked', cause },
    )
  } finally {
    if (address) URL.revokeObjectURL(address)
  }
}
