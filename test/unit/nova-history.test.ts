import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { pastOf } from '../../src/providers/nova-sonic/history.ts'
import type { HistoryItem } from '../../src/providers/model.ts'

const message = (role: 'user' | 'agent', text: string): HistoryItem => ({ type: 'message', role, text })
const call = { callId: 'c', name: 'weather', arguments: '{"city":"Rome"}' }

it('what was said is told in turns, with what tools gave as a note of the user’s', () => {
  expect(
    pastOf([
      message('agent', 'Welcome!'),
      message('user', 'Weather?'),
      { type: 'toolCall', call, output: '{"sky":"clear"}' },
      message('agent', 'It is clear.'),
      message('agent', 'And warm.'),
    ]),
  ).toEqual([
    { role: 'USER', text: 'Weather? (weather {"city":"Rome"} gave: {"sky":"clear"})' },
    { role: 'ASSISTANT', text: 'It is clear. And warm.' },
  ])
  expect(pastOf([message('agent', 'Welcome!')])).toEqual([])
})

it('the latest that fits is told, the user first, and both sides take turns', () => {
  const item = fc.oneof(
    fc.tuple(
      fc.constantFrom('user', 'agent'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }),
      fc.nat(4000),
    ),
  )
  fc.assert(
    fc.property(fc.array(item, { maxLength: 12 }), (items) => {
      const past = pastOf(items.map(([role, text, times]) => message(role as 'user', text.repeat(1 + times))))
      expect(past.map(({ role }) => role)).toEqual(past.map((_, at) => (at % 2 === 0 ? 'USER' : 'ASSISTANT')))
      const bytes = past.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
      expect(bytes).toBeLessThanOrEqual(40 * 1024)
    }),
  )
})
