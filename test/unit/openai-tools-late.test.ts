import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callDone, created, done, failure, heardOf, speechStarted, speechStopped } from './openai-events.ts'
import type { Message } from './openai-server.ts'
import { metadataOf, TableTalk, type TableTalkSetup } from './openai-table-talk.ts'

const turn = [speechStarted, speechStopped]
const cancelled = done('R', 'cancelled')

describe('a tool that ends after the user spoke', () => {
  it('is answered when the answer to the user is over', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), ...turn, cancelled, created('R2'))
    await finish('A')
    expect(talk.types).toEqual(['conversation.item.create'])
    talk.play(done('R2'))
    expect(talk.types).toEqual(['conversation.item.create', 'response.create'])
  })

  it('is answered at once where nobody speaks', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), ...turn, cancelled, created('R2'), done('R2'))
    await finish('A')
    expect(talk.types).toEqual(['conversation.item.create', 'response.create'])
  })

  it('is known to an answer that begins afterwards, and has none of its own', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), speechStarted, cancelled)
    await finish('A')
    talk.play(speechStopped, created('R2'), done('R2'))
    expect(talk.types).toEqual(['conversation.item.create'])
  })

  it('is not talked about while the user speaks again', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), ...turn, cancelled, created('R2'), done('R2'), speechStarted)
    await finish('A')
    expect(talk.types).toEqual(['conversation.item.create'])
    talk.play(speechStopped, created('R3'), done('R3'))
    expect(talk.types).toEqual(['conversation.item.create'])
  })

  it('waits for the others of its answer, and is answered with them once', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), callDone('B'), ...turn, cancelled, created('R2'), done('R2'))
    await finish('A')
    expect(talk.types).not.toContain('response.create')
    await finish('B', false)
    expect(talk.types.filter((type) => type === 'response.create')).toHaveLength(1)
  })

  it('is answered although a reply came first', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), ...turn, cancelled, created('R2'))
    await finish('A')
    talk.conversation.reply({ replyId: 'P', text: 'Hello.' })
    talk.play(done('R2'), created('R3', metadataOf(talk)), done('R3'))
    expect(talk.types.slice(1)).toEqual(['response.create', 'response.create'])
    expect(talk.wire.at(-1)?.response).not.toHaveProperty('instructions')
  })

  it('is asked about once, though the service fails', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), ...turn, cancelled, created('R2'), done('R2'))
    await finish('A')
    talk.play(failure('server_error', 'create_1'))
    expect(talk.types).toEqual(['conversation.item.create', 'response.create'])
  })

  it('is not answered if it was cancelled', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), ...turn, cancelled, created('R2'), done('R2'))
    await finish('A', false)
    expect(talk.types).toEqual(['conversation.item.create'])
  })

  it('is not answered if the application has interrupted since', async () => {
    const { talk, finish } = start()
    talk.play(created(), callDone('A'), callDone('B'), ...turn, cancelled, created('R2'), done('R2'))
    await finish('A')
    // The first is the speech's own.
    talk.conversation.interrupt([])
    talk.conversation.interrupt([])
    await finish('B')
    expect(talk.types).not.toContain('response.create')
  })

  it('is answered where the user said whose turn it is', async () => {
    const { talk, finish } = start({ options: { turnDetection: null } })
    talk.play(created(), callDone('A'))
    talk.conversation.startTurn()
    talk.play(cancelled)
    for (let i = 0; i < 10; i++) talk.conversation.takes(new Int16Array(480))
    talk.conversation.endTurn()
    talk.play(created('R2', metadataOf(talk)))
    await finish('A')
    talk.play(done('R2'))
    expect(talk.types.filter((type) => type === 'response.create')).toHaveLength(2)
  })

  it('waits for the verdict where turns are confirmed', async () => {
    const { talk, finish } = start({ earlier: { confirmTurns: true } })
    talk.play(created(), callDone('A'), speechStarted)
    talk.conversation.interrupt([heardOf('I', 10)])
    talk.play(cancelled, speechStopped)
    await finish('A')
    expect(talk.types).toEqual(['response.cancel', 'conversation.item.create'])
    talk.conversation.answer(false)
    expect(talk.types.slice(2)).toEqual(['response.create'])
  })
})

it('there are never two answers to one thing, whatever the order', async () => {
  const later: (Message | 'A' | 'B')[] = [cancelled, 'A', 'B', speechStopped]
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(later, { minLength: 4 }), fc.nat(4), async (order, at) => {
      const { talk, finish } = start()
      talk.play(created(), callDone('A'), callDone('B'), speechStarted)
      let isAsked = false
      // OpenAI answers by itself some time after the user has stopped, and the answer that was cut has ended.
      const answered = Math.max(at, order.indexOf(speechStopped) + 1, order.indexOf(cancelled) + 1)
      for (const [i, step] of [...order, undefined].entries()) {
        if (i === answered) talk.play(created('R2'))
        if (typeof step === 'string') {
          await finish(step)
          isAsked ||= i >= answered
        } else if (step) talk.play(step)
      }
      talk.play(done('R2'))
      expect(talk.types.filter((type) => type === 'response.create')).toHaveLength(isAsked ? 1 : 0)
    }),
  )
})

/** A conversation whose tools end when told to. */
function start(setup: TableTalkSetup = {}) {
  const talk = new TableTalk(setup)
  const ends = new Map<string, (ok: boolean) => void>()
  talk.session.answer = ({ callId }) =>
    new Promise((resolve) => ends.set(callId, (ok) => resolve({ output: 'sunny', ok })))
  const finish = async (callId: string, ok = true): Promise<void> => {
    ends.get(callId)?.(ok)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { talk, finish }
}
