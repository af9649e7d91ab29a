import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reminder } from '../../src/providers/gemini/reminder.ts'
import { traitsOf } from '../../src/providers/gemini/traits.ts'
import type { HistoryItem } from '../../src/providers/model.ts'

const message = (role: 'user' | 'agent', text: string): HistoryItem => ({ type: 'message', role, text })
const history: readonly HistoryItem[] = [
  message('user', 'Hello'),
  message('agent', 'Hi.'),
  message('user', 'The weather?'),
  {
    type: 'toolCall',
    call: { callId: '1', name: 'weather', arguments: '{"city":"Rome"}' },
    output: 'sunny',
  },
]
const goOn =
  '[Instruction to you, not said by the user, and not to be mentioned: go on with the conversation]'
const newest = traitsOf('gemini-3.8-live')
const previous = traitsOf('gemini-3.1-flash-live-preview')

describe('what Gemini is reminded of', () => {
  it('is nothing, if it remembers all', () => {
    for (const traits of [newest, previous]) {
      expect(reminder({ history, answerDue: false }, traits, true, false)).toEqual([])
    }
  })

  it('is the last exchange, if the handle is older than that', () => {
    expect(reminder({ history, answerDue: true }, newest, true, true)).toEqual([
      {
        clientContent: {
          turns: [
            { role: 'user', parts: [{ text: 'The weather?' }] },
            { role: 'user', parts: [{ text: '[weather({"city":"Rome"}) gave: sunny]' }] },
            { role: 'user', parts: [{ text: goOn }] },
          ],
          turnComplete: true,
        },
      },
    ])
  })

  it('is a history and a question, for a model that answers no content', () => {
    expect(reminder({ history, answerDue: true }, previous, false, true)).toMatchObject([
      { clientContent: { turns: [{ role: 'user' }, { role: 'model' }], turnComplete: true } },
      { realtimeInput: { text: `The weather?\n[weather({"city":"Rome"}) gave: sunny]\n${goOn}` } },
    ])
  })

  it('is an empty history, if a question is all there is: the session waits for one', () => {
    const first = { history: history.slice(0, 1), answerDue: true }
    expect(reminder(first, previous, false, true)).toEqual([
      { clientContent: { turns: [], turnComplete: true } },
      { realtimeInput: { text: 'Hello' } },
    ])
  })

  it('is that it is to go on, if nothing that was said may be known', () => {
    for (const [traits, key] of [
      [newest, 'clientContent'],
      [previous, 'realtimeInput'],
    ] as const) {
      const messages = reminder({ history: [], answerDue: true }, traits, false, false)
      expect(messages).toHaveLength(1)
      expect(JSON.stringify(messages[0]?.[key])).toContain(goOn)
    }
  })

  it('asks exactly if an answer is due: the engine waits for one', () => {
    fc.assert(
      fc.property(
        fc.nat(4),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(newest, previous),
        (cut, answerDue, isResumed, isBehind, traits) => {
          const conversation = { history: history.slice(cut), answerDue }
          const last = reminder(conversation, traits, isResumed, isBehind).at(-1)
          const asks = traits.clientContent ? last?.clientContent?.turnComplete : last?.realtimeInput
          expect(Boolean(asks)).toBe(answerDue)
        },
      ),
    )
  })
})
