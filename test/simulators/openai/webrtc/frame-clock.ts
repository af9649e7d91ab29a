/** Length of a frame of media, ms. */
export const FRAME_MS = 10

/** A pause of the process that is too long to be made up for: the peer would have to swallow it at once. */
const LONGEST_PAUSE_MS = 500

/**
 * Calls back once for every 10 ms that pass. A timer that comes late is made up for, so that there is no
 * drift. Gives a function that ends it.
 */
export function startFrameClock(onFrame: () => void): () => void {
  let startedAt = performance.now()
  let frames = 0
  const timer = setInterval(() => {
    const lateMs = performance.now() - startedAt - frames * FRAME_MS
    if (lateMs > LONGEST_PAUSE_MS) startedAt += lateMs - FRAME_MS
    const due = Math.floor((performance.now() - startedAt) / FRAME_MS)
    for (; frames < due; frames++) onFrame()
  }, FRAME_MS)
  return () => clearInterval(timer)
}
