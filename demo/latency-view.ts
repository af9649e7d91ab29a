import type { ConversationView } from './conversation.ts'
import { byId, create } from './dom.ts'
import type { TurnMetrics } from './sdk.ts'

const SHOWN_TURNS = 5
const KEPT_TURNS = 100

interface Latency {
  readonly turn: number
  /** From the end of what the user said to the first sound of the answer. */
  readonly firstSoundMs: number | undefined
  /** From an interruption to silence. */
  readonly silenceMs: number | undefined
}

/** What the user waited for, turn by turn, and in the middle of all turns. */
export function createLatencyView(): ConversationView {
  const rows = byId('latency-turns', HTMLTableSectionElement)
  const medianFirstSound = byId('latency-first-sound', HTMLElement)
  const medianSilence = byId('latency-silence', HTMLElement)
  let kept: Latency[] = []

  return {
    attach(pipeline) {
      pipeline.on('turnEnded', (metrics) => {
        const latency = latencyOf(metrics)
        if (latency.firstSoundMs === undefined && latency.silenceMs === undefined) return
        kept = [...kept, latency].slice(-KEPT_TURNS)
        rows.replaceChildren(...kept.slice(-SHOWN_TURNS).toReversed().map(rowOf))
        medianFirstSound.textContent = milliseconds(median(kept.map((each) => each.firstSoundMs)))
        medianSilence.textContent = milliseconds(median(kept.map((each) => each.silenceMs)))
      })
    },
  }
}

/** The two spans of a turn, ms; `undefined` where the turn had no such moment. */
export function latencyOf(metrics: TurnMetrics): Latency {
  return {
    turn: metrics.turn,
    firstSoundMs: span(metrics.userDoneAt, metrics.firstSoundAt),
    silenceMs: span(metrics.interruptedAt, metrics.silentAt),
  }
}

function span(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from
}

/** The middle value of those that are there. */
function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

function rowOf({ turn, firstSoundMs, silenceMs }: Latency): HTMLTableRowElement {
  const head = create('th', '', String(turn))
  head.scope = 'row'
  return create(
    'tr',
    '',
    '',
    head,
    create('td', '', milliseconds(firstSoundMs)),
    create('td', '', milliseconds(silenceMs)),
  )
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '–' : `${Math.round(value)} ms`
}
