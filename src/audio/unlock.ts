const GESTURES = ['pointerup', 'keydown', 'touchend'] as const

/**
 * Keeps a context running until `signal` aborts: resumes it now, and at the user's next gesture whenever
 * the browser has suspended or interrupted it.
 */
export function keepRunning(context: AudioContext, signal: AbortSignal): void {
  const resume = (): void => {
    if (context.state === 'running' || context.state === 'closed') return
    // Rejects while another application holds the audio (a phone call): the next gesture tries again.
    context.resume().catch(() => {})
  }
  for (const gesture of GESTURES) {
    document.addEventListener(gesture, resume, { signal, capture: true, passive: true })
  }
  context.addEventListener('statechange', resume, { signal })
  resume()
}
