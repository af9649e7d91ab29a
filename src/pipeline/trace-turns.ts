import type { Listenable } from '../core/emitter.ts'
import type { TurnMetrics } from '../engine/messages.ts'

type Mark = Exclude<keyof TurnMetrics, 'turn'>

const spans: readonly (readonly [name: string, from: Mark, to: Mark, color: string])[] = [
  ['Model thinks', 'userDoneAt', 'firstAudioAt', 'tertiary'],
  ['First audio to sound', 'firstAudioAt', 'firstSoundAt', 'secondary'],
  ['Agent is heard', 'firstSoundAt', 'endedAt', 'primary'],
  ['Interrupt to silence', 'interruptedAt', 'silentAt', 'error'],
]

/**
 * Draws each turn of a pipeline in the browser's Performance panel, as measures on a track of its own.
 * @returns a function that stops it.
 */
export function traceTurns(pipeline: Listenable<{ turnEnded: TurnMetrics }>): () => void {
  return pipeline.on('turnEnded', (metrics) => {
    for (const [name, from, to, color] of spans) {
      const start = metrics[from]
      const end = metrics[to]
      if (start === undefined || end === undefined || end < start) continue
      const devtools = { dataType: 'track-entry', track: 'Turns', trackGroup: 'vivavoce', color }
      performance.measure(`${name} (turn ${metrics.turn})`, { start, end, detail: { devtools } })
    }
  })
}
