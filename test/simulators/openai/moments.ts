/** Lets one wait for an event that is still to come. */
export class Moments {
  readonly #waiting = new Set<{ readonly wanted: RegExp; readonly resolve: () => void }>()

  /** An event has passed. */
  pass(type: string): void {
    for (const waiting of this.#waiting) {
      if (!waiting.wanted.test(type)) continue
      this.#waiting.delete(waiting)
      waiting.resolve()
    }
  }

  /** Waits for the next event of a type. */
  next(wanted: RegExp): Promise<void> {
    return new Promise((resolve) => void this.#waiting.add({ wanted, resolve }))
  }
}
