/**
 * Starts a Worker from its source, from a `blob:` and then a `data:` URL, and resolves when it has sent
 * its first message. Rejects where the page's Content-Security-Policy allows neither: Workers are governed
 * by `worker-src`, or else by `script-src`.
 */
export async function startWorker(source: string): Promise<Worker> {
  const blobUrl = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  try {
    return await started(blobUrl)
  } catch {
    return await started(`data:text/javascript,${encodeURIComponent(source)}`)
  } finally {
    URL.revokeObjectURL(blobUrl)
  }
}

async function started(url: string): Promise<Worker> {
  // Throws in some browsers where it is blocked, and emits `error` in others.
  const worker = new Worker(url)
  try {
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve
      worker.onerror = reject
    })
    return worker
  } catch (cause) {
    worker.terminate()
    throw new Error('The Worker is blocked.', { cause })
  }
}
