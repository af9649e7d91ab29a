import type { WorkerHandle } from './worker-protocol.ts'

/**
 * Starts a shared Worker that nobody shares, as if it were a dedicated one. Besides `Remote`'s messages it is told 0,
 * to end, and tells `undefined`, when it is ready, or what error nobody caught: see `serveApart`.
 */
export function startApart(address: string): WorkerHandle {
  const name = crypto.randomUUID()
  const shared = new SharedWorker(address, name)
  const { port } = shared
  const handle = Object.assign(port, { onerror: null, terminate: () => port.postMessage(0) }) as WorkerHandle
  const crash = (message: string): void => void handle.onerror?.(new ErrorEvent('error', { message }))
  shared.onerror = () => crash('It could not be loaded.')
  port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') crash(data)
    // It holds this lock as long as it lives.
    if (data === undefined) void navigator.locks.request(name, () => crash('It ended.'))
  })
  return handle
}
