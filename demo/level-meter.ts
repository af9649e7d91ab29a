// RMS of speech lies 50 to 10 dB below full scale; a linear bar would hardly move.
const FLOOR_DB = -56
const DESCRIBED_EVERY_MS = 1000

/** Where a level, RMS from 0 to 1, stands on a bar from 0 to 1. */
export function barOf(level: number): number {
  if (!(level > 0)) return 0
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(level)) / FLOOR_DB))
}

/** A level bar; for assistive technology, a meter in percent. */
export class LevelMeter {
  readonly #meter: HTMLElement
  #describedAt = 0
  #peak = 0

  constructor(meter: HTMLElement) {
    this.#meter = meter
    meter.setAttribute('aria-valuemin', '0')
    meter.setAttribute('aria-valuemax', '100')
    this.reset()
  }

  /** @param bar From 0 to 1. @param now `performance.now()`. */
  show(bar: number, now: number): void {
    this.#draw(bar)
    // The accessibility tree need not change 60 times a second: it gets the peak of each second.
    this.#peak = Math.max(this.#peak, bar)
    if (now - this.#describedAt < DESCRIBED_EVERY_MS) return
    this.#describedAt = now
    this.#describe(this.#peak)
    this.#peak = 0
  }

  /** Shows silence. */
  reset(): void {
    this.#peak = 0
    this.#draw(0)
    this.#describe(0)
  }

  #draw(bar: number): void {
    this.#meter.style.setProperty('--level', bar.toFixed(3))
  }

  #describe(bar: number): void {
    this.#meter.setAttribute('aria-valuenow', String(Math.round(bar * 100)))
  }
}
