import { ConnectionError } from '../core/errors.ts'
import type { RealtimeModel } from '../providers/model.ts'
import type { WorkerHandle } from './worker-protocol.ts'

type Script = () => Promise<{ readonly default: string }>

/** Chunks of their own, with nothing but a script in them. */
const openai: Script = async () => import('./inside/openai.worker.ts?worklet')
const scripts: Readonly<Record<string, Script>> = {
  OpenAIRealtime: openai,
  OpenAILive: openai,
  GeminiRealtime: async () => import('./inside/gemini.worker.ts?worklet'),
  NovaSonicRealtime: async () => import('./inside/nova-sonic.worker.ts?worklet'),
}

/**
 * Starts the engine's Worker from `url`, or else from the source of the one that has this model, by a `blob:` URL.
 * Rejects with a `ConnectionError` `worker-blocked` that says what to allow.
 */
export async function startWorker(
  { recipe, capabilities: { media } }: RealtimeModel,
  url: string | undefined,
): Promise<WorkerHandle> {
  let address = url
  try {
    if (!address) {
      const script = await scripts[recipe?.name ?? '']?.()
      address = URL.createObjectURL(new Blob([script?.default ?? ''], { type: 'text/javascript' }))
    }
    // Firefox takes what a page's own Workers receive through the page's thread. Of an isolated page a shared one is
    // in another process.
    const apart = media !== 'track' && globalThis.crossOriginIsolated && /Firefox/.test(navigator.userAgent)
    // Throws in some browsers where it is blocked, and emits `error` in others.
    const worker: WorkerHandle = apart
      ? (await import('./apart.ts')).startApart(address)
      : new Worker(address)
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve
      worker.onerror = ({ message }) => {
        worker.terminate()
        reject(new Error(message))
      }
    })
    return worker
  } catch (cause) {
    throw new ConnectionError(
      "The engine's Worker did not start: allow worker-src blob: in the Content-Security-Policy, or use " +
        'engineWorker({ url }).',
      { code: 'worker-blocked', cause },
    )
  } finally {
    if (address) URL.revokeObjectURL(address)
  }
}
