import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answersOf, cleanAnswer, disordered } from './openai-disorder.ts'
import { done, failure, speechStarted, speechStopped } from './openai-events.ts'
import type { Message } from './openai-server.ts'
import { frames, metadataOf, TableTalk, track } from './openai-table-talk.ts'

/** What the application does, besides. */
const deeds = {
  message: ({ conversation }: TableTalk) => conversation.sendMessage({ text: 'Hello' }),
  interrupt: ({ conversation }: TableTalk) =>
    conversation.interrupt([{ itemId: 'I1', heardMs: 0, receivedMs: 1 }]),
  startTurn: ({ conversation }: TableTalk) => conversation.startTurn(),
  endTurn: ({ conversation }: TableTalk) => conversation.endTurn(),
  reply: ({ conversation }: TableTalk) => conversation.reply({ replyId: 'P', text: 'Hello' }),
  update: ({ conversation }: TableTalk) => conversation.update({ instructions: 'Be kind.', tools: [] }),
  confirm: ({ conversation }: TableTalk) => conversation.answer(true),
  reject: ({ conversation }: TableTalk) => conversation.answer(false),
}

const answers = answersOf(10)
const steps = disordered(answers.flat(), Object.keys(deeds) as (keyof typeof deeds)[])

describe.each([
  ['a WebSocket', frames, false],
  ['a WebSocket, with turns that are confirmed', frames, true],
  ['WebRTC', track, false],
])('whatever comes, in whichever order, over %s', (_name, traits, confirmTurns) => {
  it('nothing is thrown, cut answers stay silent, calls are answered once, and all answers end', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const talk = new TableTalk({ traits, earlier: { confirmTurns } })
        const { written, played } = talk.session
        for (const step of steps) {
          const cut = cutOf(talk)
          const before = [...written].map(([id, pcm]) => [id, pcm.length] as const)
          const open = played.length
          if (typeof step === 'string') deeds[step](talk)
          else talk.play(step)
          for (const id of cut) {
            expect(written.get(`I${id}`)?.length).toBe(new Map(before).get(`I${id}`))
            expect(played.slice(open)).not.toContain(`I${id}`)
          }
        }
        await new Promise((resolve) => setImmediate(resolve))
        const outputs = talk.wire.flatMap(({ item }) =>
          (item as Message | undefined)?.type === 'function_call_output' ? [(item as Message).call_id] : [],
        )
        expect(outputs).toEqual([...new Set(outputs)])
        // What is still asked for fails; then one more answer comes, as it should.
        talk.play(...answers.map((_, i) => done(`R${i + 1}`, 'cancelled')))
        for (const { event_id: id } of talk.sent) if (id) talk.play(failure('server_error', id))
        talk.play(speechStarted, speechStopped)
        deeds.confirm(talk)
        talk.play(...cleanAnswer(10, confirmTurns ? metadataOf(talk) : null))
        const started = talk.all('responseStarted').map(({ responseId }) => responseId)
        const over = talk.all('responseDone').map(({ responseId }) => responseId)
        expect(started.at(-1)).toBe('R9')
        expect(over.toSorted()).toEqual(started.toSorted())
        expect(talk.session.ended).toContain('I9')
      }),
      { numRuns: 150 },
    )
  })
})

/** The numbers of the answers that were cut so far: they are cancelled, or speech came over them. */
function cutOf(talk: TableTalk): string[] {
  return talk.sent.flatMap((event) =>
    event.type === 'response.cancel' ? [event.response_id.replace('R', '')] : [],
  )
}
