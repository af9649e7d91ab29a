import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Transition } from '../../src/core/state-table.ts'
import {
  type InterruptionEffect,
  type InterruptionInput,
  type InterruptionState,
  interruptionTable,
} from '../../src/extensions/interruption-table.ts'

const states = Object.keys(interruptionTable) as InterruptionState[]
const inputs = Object.keys(interruptionTable.idle) as InterruptionInput[]

/**
 * The whole table, as `input: state, state, …` in the order of `states`. Effects: `>` start, `<` stop,
 * `+` accept, `-` refuse, `!` dismiss.
 */
const expected: Record<InterruptionInput, string> = {
  //                idle     turn     weighing   waiting     overruled  lingering   cutting   settling
  speechInSilence: 'turn>    turn>    turn>      turn>       overruled  turn>       cutting   cutting>',
  speechOverAgent: 'weighing weighing< weighing   weighing    overruled  weighing    cutting   cutting>',
  speechStopped: '  idle<    idle<+   waiting    waiting     lingering  lingering   settling< settling',
  words: '          idle     turn     cutting>   settling><  cutting>   settling><  cutting   settling',
  noWords: '        idle     turn     weighing   idle!-      overruled  idle-       cutting   settling',
  time: '           idle     turn     cutting>   idle!-      cutting>   idle-       turn      idle+',
  agentDone: '      idle     turn     turn>      idle><+     overruled  lingering   cutting   settling',
  silenced: '       idle     turn     overruled  lingering   overruled  lingering   turn      idle+',
}
const sign = { start: '>', stop: '<', accept: '+', refuse: '-', dismiss: '!' }

interface Walk {
  readonly cells: Transition<InterruptionState, InterruptionEffect>[]
  readonly effects: InterruptionEffect[]
}

function walk(steps: readonly InterruptionInput[]): Walk {
  let state: InterruptionState = 'idle'
  const cells = steps.map((input) => {
    const cell: Transition<InterruptionState, InterruptionEffect> = interruptionTable[state][input]
    state = cell.to
    return cell
  })
  return { cells, effects: cells.flatMap(({ effects }) => effects) }
}

const steps = fc.array(fc.constantFrom(...inputs), { maxLength: 40 })

describe('interruptionTable', () => {
  it.each(inputs.flatMap((input) => states.map((state, i) => ({ state, input, i }))))(
    '$state × $input',
    ({ state, input, i }) => {
      const cell = expected[input].trim().split(/\s+/)[i]
      const { to, effects } = interruptionTable[state][input]
      expect(to + effects.map((effect) => sign[effect]).join('')).toBe(cell)
    },
  )

  it('tells of the end of speech before the model answers it, and of nothing that it forgets', () => {
    fc.assert(
      fc.property(steps, (inputs) => {
        const { effects } = walk(inputs)
        const told = effects.filter((effect) => effect !== 'dismiss')
        const before = (verdict: InterruptionEffect) =>
          told.flatMap((effect, i) => (effect === verdict ? [told[i - 1]] : []))
        expect(before('accept').filter((effect) => effect !== 'stop')).toEqual([])
        expect(before('refuse')).not.toContain('start')
      }),
    )
  })

  it('gives one verdict for each time that it waits for one', () => {
    fc.assert(
      fc.property(steps, (inputs) => {
        let before: InterruptionState = 'idle'
        for (const { to, effects } of walk(inputs).cells) {
          const verdicts = effects.filter((effect) => effect === 'accept' || effect === 'refuse')
          expect(verdicts).toHaveLength(to === 'idle' && before !== 'idle' ? 1 : 0)
          before = to
        }
      }),
    )
  })

  it('comes to rest when speech is over, time passes, and nobody says more', () => {
    fc.assert(
      fc.property(steps, (inputs) => {
        const { cells } = walk([...inputs, 'speechStopped', 'time', 'time', 'time'])
        expect(cells.at(-1)?.to).toBe('idle')
      }),
    )
  })
})
