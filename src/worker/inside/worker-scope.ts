import type { RemotePort } from '../remote.ts'

/** The scope of a dedicated or of a shared Worker. */
interface WorkerScope extends RemotePort {
  readonly name: string
  onerror: (message: string) => void
  onconnect?: ((event: MessageEvent) => void) | null
  close(): void
}

const scope = globalThis as unknown as WorkerScope

/** Ends this Worker. */
export const closeWorker = (): void => scope.close()

/** Calls `serve` with the way to the page, and tells the page that it may speak. */
export function onPage(serve: (port: RemotePort) => void): void {
  const ready = (port: RemotePort): void => {
    serve(port)
    port.postMessage(undefined, [])
  }
  if (scope.onconnect === undefined) ready(scope)
  else scope.onconnect = ({ ports: [port] }) => port && serveApart(port, () => ready(port))
}

/** A shared Worker cannot be terminated, and nobody is told of its end: it does both by itself. */
function serveApart(port: MessagePort, ready: () => void): void {
  port.addEventListener('message', ({ data }) => data === 0 && closeWorker())
  scope.onerror = (message) => port.postMessage(message)
  void navigator.locks.request(scope.name, async () => {
    ready()
    return new Promise(() => {})
  })
}
