import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ServerEvent } from '../../src/providers/openai/wire.ts'
import { callDone, callItemDone, created, done, speechStarted } from './openai-events.ts'
import { Talk } from './openai-server.ts'
import { TableTalk } from './openai-table-talk.ts'

describe('tools', () => {
  it('run at once, answer as they finish, and are followed by one request', async () => {
    const talk = await Talk.start()
    const finish = new Map<string, () => void>()
    talk.session.answer = ({ callId }) =>
      new Promise((resolve) => finish.set(callId, () => resolve({ output: `of ${callId}`, ok: true })))
    await talk.play(created(), callDone('A', 'R', '{"city":"Rome"}'), callDone('B'))
    expect(talk.session.calls).toEqual([
      { callId: 'A', name: 'weather', arguments: '{"city":"Rome"}' },
      { callId: 'B', name: 'weather', arguments: '{}' },
    ])
    finish.get('B')?.()
    await talk.peer.waitFor('conversation.item.create')
    await talk.play(done())
    expect(talk.peer.sent).toHaveLength(1)
    finish.get('A')?.()
    await talk.peer.waitFor('response.create')
    expect(talk.peer.sent).toMatchObject([
      { item: { type: 'function_call_output', call_id: 'B', output: 'of B' } },
      { item: { type: 'function_call_output', call_id: 'A', output: 'of A' } },
      { type: 'response.create' },
    ])
    expect(talk.log.all('responseDone')).toEqual([{ responseId: 'R', status: 'completed', continues: true }])
  })

  it('do not hold up what else OpenAI says', async () => {
    const talk = await Talk.start()
    talk.session.answer = () => new Promise(() => {})
    await talk.play(created(), callDone('A'), speechStarted)
    expect(talk.log.all('speechStarted')).toHaveLength(1)
  })

  it('do not run for an answer that was cut, or before a call is complete', async () => {
    const talk = await Talk.start()
    await talk.play(
      created(),
      {
        ...callItemDone('A', 'R', 'in_progress'),
        type: 'response.output_item.added',
      },
      callItemDone('B', 'R', 'incomplete'),
      speechStarted,
      callDone('C'),
      callItemDone('D'),
      done('R', 'cancelled'),
    )
    expect(talk.session.calls).toEqual([])
    expect(talk.log.all('responseDone')).toMatchObject([{ continues: false }])
  })

  it('are not followed up where the answer failed', async () => {
    const talk = await Talk.start()
    await talk.play(created(), callDone('A'), done('R', 'failed'))
    await talk.peer.waitFor('conversation.item.create')
    await talk.settle()
    expect(talk.peer.sent).toHaveLength(1)
    expect(talk.log.all('responseDone')).toMatchObject([{ continues: false }])
  })
})

describe('whatever the order', () => {
  /** Each is an event or the end of a tool; a call is announced twice, and either may be said again. */
  const scripts = fc.integer({ min: 1, max: 4 }).chain((calls) => {
    const ids = Array.from({ length: calls }, (_, i) => `C${i}`)
    const announced = ids.flatMap((id) => [callDone(id), callItemDone(id)])
    return fc.record({
      ids: fc.constant(ids),
      events: fc.tuple(
        fc.shuffledSubarray(announced, { minLength: announced.length }),
        fc.array(fc.constantFrom(...announced)),
      ),
      finishing: fc.shuffledSubarray(ids, { minLength: calls }),
      /** How many tools end before each of the events. */
      pace: fc.array(fc.nat(1), { minLength: 20, maxLength: 20 }),
      repeatDone: fc.boolean(),
    })
  })

  it('answers every call once, and asks for one answer when all is told', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async ({ ids, events, finishing, pace, repeatDone }) => {
        const talk = start()
        const ending = done()
        const all = [...events[0], ...events[1], ending, ...(repeatDone ? [ending, ...events[0]] : [])]
        talk.receive(created())
        for (const [i, event] of all.entries()) {
          talk.receive(event)
          if (pace[i]) await talk.finish(finishing)
          const isTold = i >= all.indexOf(ending) && talk.answered().length === ids.length
          expect(talk.sent('response.create')).toHaveLength(isTold ? 1 : 0)
        }
        while (await talk.finish(finishing));
        expect(talk.session.calls.map(({ callId }) => callId).toSorted()).toEqual(ids)
        expect(talk.answered().toSorted()).toEqual(ids)
        expect(talk.sent('response.create')).toHaveLength(1)
        expect(talk.all('responseDone')).toHaveLength(1)
      }),
    )
  })

  it('answers every call that ran once, and asks for nothing, when the user speaks in between', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, fc.nat(20), async ({ events, finishing, pace }, at) => {
        const talk = start()
        const all = [...events[0], ...events[1], done()]
        all.splice(Math.min(at, all.length - 1), 0, speechStarted)
        talk.receive(created())
        for (const [i, event] of all.entries()) {
          talk.receive(event)
          if (pace[i]) await talk.finish(finishing)
        }
        while (await talk.finish(finishing));
        expect(talk.answered().toSorted()).toEqual(talk.session.calls.map(({ callId }) => callId).toSorted())
        expect(talk.sent('response.create')).toEqual([])
      }),
    )
  })
})

/** A conversation without a socket, whose tools end when told to. */
function start() {
  const talk = new TableTalk()
  const { session, sent, conversation } = talk
  const ends = new Map<string, () => void>()
  session.answer = ({ callId }) =>
    new Promise((resolve) => ends.set(callId, () => resolve({ output: 'sunny', ok: true })))
  return {
    session,
    all: talk.all.bind(talk),
    receive: (event: object) => conversation.receive(event as ServerEvent),
    sent: (type: string) => sent.filter((event) => event.type === type),
    answered: () =>
      sent.flatMap((event) =>
        event.type === 'conversation.item.create' && event.item.type === 'function_call_output'
          ? [event.item.call_id]
          : [],
      ),
    /** Ends the first of these tools that runs. Returns whether there was one. */
    finish: async (ids: readonly string[]): Promise<boolean> => {
      const id = ids.find((id) => ends.has(id)) ?? ''
      const end = ends.get(id)
      ends.delete(id)
      end?.()
      await new Promise((resolve) => setImmediate(resolve))
      return end !== undefined
    },
  }
}
