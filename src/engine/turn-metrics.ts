import type { TurnMetrics } from './messages.ts'

/** A moment of a turn. */
export type TurnMark = Exclude<keyof TurnMetrics, 'turn'>

type Marks = { -readonly [Mark in TurnMark]?: number }

/** Spans that are drawn in the browser's Performance panel. */
const spans: readonly {
  readonly name: string
  readonly from: TurnMark
  readonly to: TurnMark
  readonly color: string
}[] = [
  { name: 'Model thinks', from: 'userDoneAt', to: 'firstAudioAt', color: 'tertiary' },
  { name: 'First audio to sound', from: 'firstAudioAt', to: 'firstSoundAt', color: 'secondary' },
  { name: 'Agent is heard', from: 'firstSoundAt', to: 'endedAt', color: 'primary' },
  { name: 'Interrupt to silence', from: 'interruptedAt', to: 'silentAt', color: 'error' },
]

/**
 * Notes when things happen in a turn. When it is over they go to the page, and as measures with track
 * details to the browser's Performance panel.
 */
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
    for (const { name, from, to, color } of spans) {
      const start = marks[from]
      const end = marks[to]
      if (start === undefined || end === undefined || end < start) continue
      const devtools = { dataType: 'track-entry', track: 'Turns', trackGroup: 'vivavoce', color }
      performance.measure(`${name} (turn ${this.#turn})`, { start, end, detail: { devtools } })
    }
  }
}
