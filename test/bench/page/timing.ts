/** Resolves after a while. */
export async function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Keeps the page from doing anything else for a while. */
export function blockPage(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/**
 * Calls back every `everyMs`, as a socket would whose data arrives in time: what falls due while the
 * page is blocked is delivered after it.
 *
 * @returns what stops it.
 */
export function pace(everyMs: number, callback: () => void): () => void {
  const source = `
    let next = performance.now()
    const tick = () => {
      for (; next <= performance.now(); next += ${everyMs}) postMessage(null)
      setTimeout(tick, next - performance.now())
    }
    tick()`
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const worker = new Worker(url)
  worker.onmessage = () => callback()
  return () => worker.terminate()
}
