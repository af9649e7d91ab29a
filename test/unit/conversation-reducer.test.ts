import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../src/agent/conversation-events.ts'
import { wholeWords } from '../../src/agent/conversation-item.ts'
import { parseConversation } from '../../src/agent/conversation-json.ts'
import {
  conversationState,
  reduceConversation,
  type ConversationState,
} from '../../src/agent/conversation-reducer.ts'

let now = 0

function said(id: string, role: 'user' | 'agent', text: string, heardText = text, final = true) {
  return { type: 'transcript', at: ++now, payload: { id, role, text, heardText, final } } as const
}

function speech(type: 'speechStarted' | 'speechStopped', by = 'model') {
  return { type, at: ++now, payload: { by } } as const
}

function became(state: string) {
  return { type: 'stateChanged', at: ++now, payload: { state } } as const
}

function reduce(events: readonly ConversationEvent[], state = conversationState()): ConversationState {
  return events.reduce(reduceConversation, state)
}

function texts({ items }: ConversationState): string[] {
  return items.map((item) => ('text' in item ? item.text : item.name))
}

const called = { type: 'toolCalled', at: 1, payload: { callId: 'c', name: 'sky', arguments: '{}' } } as const
const finished = {
  type: 'toolFinished',
  at: 3,
  payload: { callId: 'c', name: 'sky', ok: true, durationMs: 2, output: 'blue' },
} as const

describe('reduceConversation', () => {
  it('lets an item grow in its place, and ends it', () => {
    const before = reduce([said('a', 'agent', 'one two', 'one', false), said('u', 'user', 'Hi', 'Hi', false)])
    const after = reduce([said('a', 'agent', 'one two')], before)
    expect(texts(after)).toEqual(['one two', 'Hi'])
    expect(after.items[0]).toMatchObject({ heardText: 'one two', final: true, interrupted: false })
    expect(after.items[0]).toHaveProperty('endedAt', now)
    expect(after.items[1]).toBe(before.items[1])
  })

  it('puts words that come late where the user began to speak', () => {
    const state = reduce([
      said('a', 'agent', 'Welcome.'),
      speech('speechStarted'),
      speech('speechStopped'),
      said('b', 'agent', 'It is warm.', '', false),
      said('u', 'user', 'And the weather?'),
      said('b', 'agent', 'It is warm.'),
    ])
    expect(texts(state)).toEqual(['Welcome.', 'And the weather?', 'It is warm.'])
    expect(state.items[1]?.startedAt).toBeLessThan(state.items[2]?.startedAt ?? 0)
  })

  it('puts two turns whose words come late where each began', () => {
    const state = reduce([
      speech('speechStarted'),
      speech('speechStopped'),
      said('a', 'agent', 'Well', '', false),
      speech('speechStarted'),
      said('u', 'user', 'first'),
      speech('speechStopped'),
      said('b', 'agent', 'Yes', '', false),
      said('v', 'user', 'second'),
    ])
    expect(texts(state)).toEqual(['first', 'Well', 'second', 'Yes'])
  })

  it('gives up a turn that had no words, and takes loudness for no turn', () => {
    const state = reduce([
      speech('speechStarted'),
      speech('speechStopped'),
      said('a', 'agent', 'Pardon?'),
      speech('speechStarted', 'microphone'),
      speech('speechStopped', 'microphone'),
      said('b', 'agent', 'Hello?'),
      speech('speechStarted'),
      speech('speechStopped'),
      said('u', 'user', 'Hi'),
    ])
    expect(texts(state)).toEqual(['Pardon?', 'Hello?', 'Hi'])
  })

  it('keeps of an interrupted answer what was heard', () => {
    const state = reduce([
      said('a', 'agent', 'one two three', 'one two', false),
      { type: 'interrupted', at: 5, payload: { itemId: 'a' } },
      said('a', 'agent', 'one two three', 'one two'),
      said('b', 'agent', 'four five', 'four'),
    ])
    for (const item of state.items) expect(item).toMatchObject({ interrupted: true, final: true })
  })

  it('changes no words that are final', () => {
    const state = reduce([said('u', 'user', 'Hi'), said('a', 'agent', 'one two')])
    expect(reduce([said('u', 'user', 'Ho'), said('a', 'agent', 'one', '', false)], state)).toBe(state)
  })

  it('tells of a tool from its call to its end, also if nobody says what came of it', () => {
    const running = reduce([called])
    expect(running.items).toEqual([
      { id: 'c', role: 'tool', name: 'sky', arguments: '{}', final: false, startedAt: 1 },
    ])
    expect(reduce([finished], running).items[0]).toMatchObject({ output: 'blue', ok: true, endedAt: 3 })
    const { output: _, ...payload } = finished.payload
    const silent = reduce([{ ...finished, payload }], running).items[0]
    expect(silent).toMatchObject({ ok: true, durationMs: 2 })
    expect(silent).not.toHaveProperty('output')
  })

  it('notes a handover', () => {
    const agent = { name: 'Ada' }
    const state = reduce([{ type: 'agentChanged', at: 1, payload: { agent } }])
    expect(state.items).toMatchObject([{ role: 'system', text: 'Handed over to Ada', final: true }])
  })

  it('ends what is open with the session, and does not take the next session for it', () => {
    const state = reduce([
      said('a', 'agent', 'one two', 'one', false),
      said('b', 'agent', 'only written', '', false),
      called,
      became('closed'),
      became('connecting'),
      said('a', 'agent', 'Hello again'),
    ])
    expect(state.items).toMatchObject([
      { id: 'a', final: true, interrupted: true, spoken: true },
      { id: 'b', final: true, interrupted: false, spoken: false },
      { id: 'c', final: true, ok: false },
      { id: 'a (2)', text: 'Hello again' },
    ])
  })

  it('gives the same state for an event that changes nothing', () => {
    const events = [
      said('a', 'agent', 'one two', 'one', false),
      said('u', 'user', 'Hi'),
      called,
      finished,
      speech('speechStarted'),
    ]
    const state = reduce(events)
    for (const event of events) expect(reduceConversation(state, event)).toBe(state)
    const listening = became('listening')
    expect(reduceConversation(state, listening)).toBe(state)
  })
})

const id = fc.constantFrom('a', 'b', 'c', 'a (2)', 'note 1')
const role = fc.constantFrom('user' as const, 'agent' as const)
const text = fc.oneof(fc.constantFrom('', 'one', 'one two', 'one two three', 'zwei'), fc.string())
const by = fc.constantFrom('model', 'microphone', 'application')

function event<Type extends string, Payload>(type: Type, payload: fc.Arbitrary<Payload>) {
  return fc.record({ type: fc.constant(type), at: fc.nat(10), payload })
}

const anyEvent: fc.Arbitrary<ConversationEvent> = fc.oneof(
  event('transcript', fc.record({ id, role, text, heardText: text, final: fc.boolean() })),
  event('toolCalled', fc.record({ callId: id, name: id, arguments: text })),
  event('toolFinished', fc.record({ callId: id, ok: fc.boolean(), durationMs: fc.nat() })),
  event('interrupted', fc.record({ itemId: id })),
  event('agentChanged', fc.constant({ agent: { name: undefined } })),
  event('added', fc.record({ role: fc.constantFrom('user', 'agent', 'system'), text })),
  event('speechStarted', fc.record({ by })),
  event('speechStopped', fc.record({ by })),
  event('stateChanged', fc.record({ state: fc.constantFrom('idle', 'speaking', 'closed') })),
)

describe('any order of events', () => {
  it('leaves items with ids of their own, in a stable order, that stay final and can be read back', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        let state = conversationState()
        for (const event of events) {
          const { items } = state
          state = reduceConversation(state, event)
          const ids = state.items.map((item) => item.id)
          expect(new Set(ids).size).toBe(ids.length)
          const old = items.map((item) => item.id)
          expect(ids.filter((id) => old.includes(id))).toEqual(old)
          for (const before of items) {
            const after = state.items.find((item) => item.id === before.id)
            if (before.final) expect(after?.final).toBe(true)
            expect(after?.startedAt).toBe(before.startedAt)
          }
          for (const item of state.items) {
            expect(Object.isFrozen(item)).toBe(true)
            expect(item.endedAt === undefined).toBe(!item.final)
            expect(item.endedAt ?? Infinity).toBeGreaterThanOrEqual(item.startedAt)
            if ('heardText' in item) expect(wholeWords(item.text, item.heardText)).toBe(item.heardText)
          }
          expect(Object.isFrozen(state.items)).toBe(true)
        }
        const json = JSON.stringify({ version: 1, items: state.items })
        expect(parseConversation(JSON.parse(json))).toEqual(state.items)
      }),
    )
  })

  it('takes an event that comes twice in a row for one, unless it tells of something new', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const repeatable = events.filter(({ type }) => type !== 'agentChanged' && type !== 'added')
        let state = conversationState()
        for (const event of repeatable) {
          state = reduceConversation(state, event)
          expect(reduceConversation(state, event)).toBe(state)
        }
      }),
    )
  })
})

describe('wholeWords', () => {
  it('is the beginning of both texts, and ends with a word', () => {
    expect(wholeWords('one two three', 'one two')).toBe('one two')
    expect(wholeWords('one two three', 'one tw')).toBe('one')
    expect(wholeWords('one two', 'one two')).toBe('one two')
    expect(wholeWords('one', 'two')).toBe('')
    fc.assert(
      fc.property(text, text, (text, heard) => {
        const words = wholeWords(text, heard)
        expect(text.startsWith(words) && heard.startsWith(words)).toBe(true)
        expect(words === '' || words === text || /\s/.test(text.charAt(words.length))).toBe(true)
      }),
    )
  })
})
