/** Settles like `promise`, but rejects at once when `signal` aborts. */
export async function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    promise.then(resolve, reject)
  })
}
