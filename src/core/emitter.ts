/** How long a listener listens. */
export interface ListenOptions {
  /** Stop after the first event. */
  readonly once?: boolean
  /** Stop when this signal aborts. */
  readonly signal?: AbortSignal
}

/** A listener for one payload. */
export type Listener<Payload> = (payload: Payload) => void

/** The listening half of an `Emitter`. `Events` maps an event's name to its payload. */
export interface Listenable<Events> {
  /** Calls `listener` at each `event`; the returned function stops it. */
  on<Name extends keyof Events>(
    event: Name,
    listener: Listener<Events[Name]>,
    options?: ListenOptions,
  ): () => void
}

/**
 * Typed events. A listener that throws does not disturb the emitter or the other listeners: its
 * error is reported as an uncaught one.
 */
export class Emitter<Events> implements Listenable<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  on<Name extends keyof Events>(
    event: Name,
    listener: Listener<Events[Name]>,
    { once = false, signal }: ListenOptions = {},
  ): () => void {
    if (signal?.aborted) return () => {}
    // A wrapper for each call, so that one function may listen twice and be removed once.
    const entry: Listener<Events[Name]> = (payload) => {
      if (once) off()
      listener(payload)
    }
    const off = (): void => {
      this.#listeners.get(event)?.delete(entry)
      signal?.removeEventListener('abort', off)
    }
    let listeners = this.#listeners.get(event)
    if (!listeners) this.#listeners.set(event, (listeners = new Set()))
    listeners.add(entry)
    signal?.addEventListener('abort', off, { once: true })
    return off
  }

  /** @returns Whether anybody listens. */
  emit<Name extends keyof Events>(event: Name, payload: Events[Name]): boolean {
    const listeners = [...(this.#listeners.get(event) ?? [])] as Listener<Events[Name]>[]
    for (const listener of listeners) {
      try {
        listener(payload)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
    return listeners.length > 0
  }
}
