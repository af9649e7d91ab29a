import { vi } from 'vitest'
import { NodeWorker } from './node-worker.ts'

type OnTestFinished = (end: () => void) => void

/** Puts `performance.now()` forward by so many ms, wherever engines run, until the test is over. */
export function clockAhead(onTestFinished: OnTestFinished): (ms: number) => void {
  let ahead = 0
  const now = performance.now.bind(performance)
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead)
  const putForward = (ms: number): void => {
    ahead += ms
    NodeWorker.putForward(ms)
  }
  onTestFinished(() => {
    putForward(-ahead)
    spy.mockRestore()
  })
  return putForward
}

/**
 * Has engines that begin from now on use another `WebSocket`, until the test is over.
 * @param patch Knows nothing of what is around it: its text is run in the Worker.
 */
export function patchWebSocket(
  patch: (Socket: typeof WebSocket) => typeof WebSocket,
  onTestFinished: OnTestFinished,
): void {
  vi.stubGlobal('WebSocket', patch(WebSocket))
  NodeWorker.prelude = `WebSocket = (${patch.toString()})(WebSocket)`
  onTestFinished(() => {
    NodeWorker.prelude = ''
    vi.unstubAllGlobals()
  })
}

/** Has clocks stand still wherever engines that begin from now on run, until the test is over. */
export function clockStandsStill(onTestFinished: OnTestFinished): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  NodeWorker.frozen = true
  onTestFinished(() => {
    vi.useRealTimers()
    NodeWorker.frozen = false
  })
}
