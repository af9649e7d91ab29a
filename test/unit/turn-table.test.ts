import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Transition } from '../../src/core/state-table.ts'
import {
  publicState,
  turnTable,
  type TurnEffect,
  type TurnInput,
  type TurnState,
} from '../../src/engine/turn-table.ts'

const states = Object.keys(turnTable) as TurnState[]
const inputs = Object.keys(turnTable.listening) as TurnInput[]

/** The whole table, as `input: state, state, …` in the order of `states`; `!` marks an interruption. */
const expected: Record<TurnInput, string> = {
  //                  listening  thinking   buffered   speaking   finishing
  speechStarted: '    listening  listening! listening! listening! listening!',
  speechStopped: '    thinking   thinking   buffered   speaking   finishing ',
  messageSent: '      thinking   thinking!  thinking!  thinking!  thinking! ',
  interrupted: '      listening  listening! listening! listening! listening!',
  responseStarted: '  thinking   thinking   thinking   speaking   speaking  ',
  responseContinues: 'thinking   thinking   thinking   speaking   speaking  ',
  responseDone: '     listening  listening  buffered   finishing  finishing ',
  responseQueued: '   buffered   buffered   buffered   finishing  finishing ',
  soundStarted: '     finishing  speaking   finishing  speaking   finishing ',
  soundEnded: '       listening  thinking   listening  thinking   listening ',
}

describe('turnTable', () => {
  it.each(inputs.flatMap((input) => states.map((state, i) => ({ state, input, i }))))(
    '$state × $input',
    ({ state, input, i }) => {
      const cell = expected[input].trim().split(/\s+/)[i]
      const { to, effects } = turnTable[state][input]
      expect(`${to}${effects.length > 0 ? '!' : ''}`).toBe(cell)
    },
  )

  it('interrupts whenever the user takes the turn, and only then, and never in silence', () => {
    const taking = new Set<TurnInput>(['speechStarted', 'messageSent', 'interrupted'])
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...inputs)), (walk) => {
        let state: TurnState = 'listening'
        for (const input of walk) {
          const cell: Transition<TurnState, TurnEffect> = turnTable[state][input]
          expect(cell.effects.length > 0).toBe(taking.has(input) && state !== 'listening')
          state = cell.to
        }
      }),
    )
  })

  it('comes back to listening when the model is done and nothing is left to hear', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...inputs)), (walk) => {
        let state: TurnState = 'listening'
        for (const input of [...walk, 'responseDone', 'soundEnded'] as const)
          state = turnTable[state][input].to
        expect(publicState[state]).toBe('listening')
      }),
    )
  })
})
