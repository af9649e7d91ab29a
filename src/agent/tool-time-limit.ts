/** Calls once when its time is up; the clock can be stopped. */
export interface TimeLimit {
  /** Stops the clock. */
  pause(): void
  /** Lets the clock go on. Only after `pause`. */
  resume(): void
}

/** Starts the clock. */
export function startTimeLimit(limitMs: number, onOver: () => void): TimeLimit {
  let leftMs = limitMs
  let startedAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const resume = (): void => {
    startedAt = performance.now()
    timer = setTimeout(onOver, leftMs)
  }
  resume()
  return {
    pause: () => {
      clearTimeout(timer)
      leftMs -= performance.now() - startedAt
    },
    resume,
  }
}
