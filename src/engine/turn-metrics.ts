import type { TurnMetrics } from './messages.ts'

/** A moment of a turn. */
export type TurnMark = Exclude<keyof TurnMetrics, 'turn'>

type Marks = { -readonly [Mark in TurnMark]?: number }

/** Notes when things happen in a turn, and tells of them when it is over. */
export class TurnMeter {
  readonly #onTurn: (metrics: TurnMetrics) => void
  readonly #now: () => number
  #turn = 0
  #marks: Marks = {}

  /** @param now Milliseconds, of `performance.now()`. */
  constructor(onTurn: (metrics: TurnMetrics) => void, now: () => number = () => performance.now()) {
    this.#onTurn = onTurn
    this.#now = now
  }

  /** Notes a moment; the first of its kind in a turn counts. */
  mark(mark: TurnMark): void {
    this.#marks[mark] ??= this.#now()
  }

  /** The user is done (again): what came before in this turn was not answered. */
  userDone(): void {
    this.#marks = { userDoneAt: this.#now() }
  }

  /** Ends the turn. Gives its marks so that a late one (`silentAt`) can still be added before `report`. */
  take(): Marks {
    this.mark('endedAt')
    const marks = this.#marks
    this.#marks = {}
    return marks
  }

  /** Tells of a turn that was taken. A turn in which nobody answered is not told of. */
  report(marks: Marks, silent = false): void {
    if (silent) marks.silentAt = this.#now()
    if (marks.responseStartedAt === undefined && marks.firstAudioAt === undefined) return
    this.#onTurn({ turn: ++this.#turn, ...marks })
  }
}
