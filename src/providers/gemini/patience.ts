/** Silence of the service's after which what was expected is not expected any more. */
const LAPSE_MS = 15_000
/** So often in a row, nothing at all having come: the connection is dead. Google takes 30 s at times. */
const MAX_LAPSES = 3

/** What {@link Patience} works with. */
export interface PatienceHost {
  /** Whether something must come; a service that only may say something can be silent for good. */
  isDue(): boolean
  /** Whether something else than the service takes its time. */
  isPaused(): boolean
  /** What was expected did not come. */
  onLapse(): void
  /** The connection is dead. */
  onDead(): void
}

/** Waits for a service that a page cannot ask whether it is still there. */
export class Patience {
  readonly #host: PatienceHost
  #timer: ReturnType<typeof setTimeout> | undefined
  #lapses = 0

  constructor(host: PatienceHost) {
    this.#host = host
  }

  /** From now on something is expected. */
  begin(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#lapse(), LAPSE_MS)
  }

  /** The service has said something. */
  reward(): void {
    this.#lapses = 0
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #lapse(): void {
    if (this.#host.isPaused()) return this.begin()
    if (this.#lapses > 0 || this.#host.isDue()) this.#lapses++
    if (this.#lapses >= MAX_LAPSES) return this.#host.onDead()
    if (this.#lapses > 0) this.begin()
    return this.#host.onLapse()
  }
}
