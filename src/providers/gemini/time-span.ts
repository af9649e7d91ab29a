/** A time that begins when something happens, and ends by itself. */
export class TimeSpan {
  readonly #ms: number
  #until = 0

  constructor(ms: number) {
    this.#ms = ms
  }

  begin(): void {
    this.#until = performance.now() + this.#ms
  }

  /** @returns Whether it had not ended. */
  end(): boolean {
    const lasts = performance.now() < this.#until
    this.#until = 0
    return lasts
  }
}
