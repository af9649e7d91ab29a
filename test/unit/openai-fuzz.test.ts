import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  audio,
  audioDone,
  callDone,
  callItemDone,
  created,
  done,
  failure,
  itemDone,
  speechStarted,
  speechStopped,
  words,
  wordsDone,
} from './openai-events.ts'
import type { Message } from './openai-server.ts'
import { frames, metadataOf, TableTalk, track } from './openai-table-talk.ts'

const u = (type: string, rest: object = {}): Message => ({ type, item_id: 'U', ...rest })

/** One answer of OpenAI's, `n`, of two messages and a call. */
function answerOf(n: number): Message[] {
  const [r, i, j, c] = [`R${n}`, `I${n}`, `J${n}`, `C${n}`]
  const voice = (what: string): Message => ({ type: `output_audio_buffer.${what}`, response_id: r })
  const added = (id: string): Message => ({
    type: 'response.output_item.added',
    response_id: r,
    item: { id, type: 'message', role: 'assistant', content: [] },
  })
  return [
    created(r),
    added(i),
    words('One ', i, r),
    audio(10, i, r),
    voice('started'),
    callDone(c, r),
    audio(10, i, r),
    wordsDone('One moment.', i, r),
    audioDone(i, r),
    itemDone(i, r),
    callItemDone(c, r),
    added(j),
    words('Two', j, r),
    audio(10, j, r),
    itemDone(j, r),
    done(r, n % 3 ? 'completed' : 'failed'),
    voice('stopped'),
    voice('cleared'),
  ]
}

const turn = [
  speechStarted,
  speechStopped,
  u('input_audio_buffer.committed'),
  u('conversation.item.input_audio_transcription.delta', { delta: 'Hel' }),
  u('conversation.item.input_audio_transcription.completed', { transcript: 'Hello' }),
  u('input_audio_buffer.timeout_triggered'),
  failure('response_cancel_not_active'),
  failure('conversation_already_has_active_response', 'create_1'),
  failure('invalid_value', 'create_2'),
]

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
type Step = Message | keyof typeof deeds

const answers = [1, 2, 3].map(answerOf)
/** In order, with some lost, some twice, and deeds in between. */
const ordered = fc
  .array(
    fc.tuple(
      fc.constantFrom(0, 1, 1, 1, 1, 1, 2),
      fc.option(fc.constantFrom(...turn, ...(Object.keys(deeds) as Step[])), { freq: 4 }),
    ),
    { minLength: answers.flat().length, maxLength: answers.flat().length },
  )
  .map((fates) =>
    answers.flat().flatMap((event, i): Step[] => {
      const [times = 1, other] = fates[i] ?? []
      return [...Array.from({ length: times }, () => event), ...(other ? [other] : [])]
    }),
  )
/** In no order at all. */
const shuffled = fc.array(
  fc.constantFrom<Step>(...answers.flat(), ...turn, ...(Object.keys(deeds) as Step[])),
  { maxLength: 80 },
)
const clean = (metadata: unknown): Message[] =>
  [created('R9', metadata), ...answerOf(9).slice(1)].filter(
    ({ type }) => !type.includes('function') && !type.endsWith('cleared'),
  )

describe.each([
  ['a WebSocket', frames, false],
  ['a WebSocket, with turns that are confirmed', frames, true],
  ['WebRTC', track, false],
])('whatever comes, in whichever order, over %s', (_name, traits, confirmTurns) => {
  it('nothing is thrown, cut answers stay silent, calls are answered once, and all answers end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(ordered, shuffled), async (steps) => {
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
        talk.play(...clean(confirmTurns ? metadataOf(talk) : null))
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
