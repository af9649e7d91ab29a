/** Spends time as it passes in a response, until it is told to hurry. */
export class Pacer {
  #startedAt = performance.now()
  #spentMs = 0
  #hurried = false
  #wake: (() => void) | undefined

  /** Waits until `ms` more have passed; time that was lost before is made up for. */
  async spend(ms: number): Promise<void> {
    this.#spentMs += ms
    const waitMs = this.#startedAt + this.#spentMs - performance.now()
    if (this.#hurried || waitMs < 1) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }

  /** Begins anew: what took time until now is not made up for. */
  restart(): void {
    this.#startedAt = performance.now()
    this.#spentMs = 0
  }

  /** Waits no more. */
  hurry(): void {
    this.#hurried = true
    this.#wake?.()
  }
}
