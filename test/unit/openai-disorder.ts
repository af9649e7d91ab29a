import * as fc from 'fast-check'
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

const u = (type: string, rest: object = {}): Message => ({ type, item_id: 'U', ...rest })

/** One answer of OpenAI's, `n`, of two messages and a call, with so many samples in each piece of sound. */
function answerOf(n: number, samples: number): Message[] {
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
    audio(samples, i, r),
    voice('started'),
    callDone(c, r),
    audio(samples, i, r),
    wordsDone('One moment.', i, r),
    audioDone(i, r),
    itemDone(i, r),
    callItemDone(c, r),
    added(j),
    words('Two', j, r),
    audio(samples, j, r),
    itemDone(j, r),
    done(r, n % 3 ? 'completed' : 'failed'),
    voice('stopped'),
    voice('cleared'),
  ]
}

/** What comes of a user who speaks, and of messages that fail. */
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

/** Three answers. */
export const answersOf = (samples: number): Message[][] => [1, 2, 3].map((n) => answerOf(n, samples))

/** One more answer, as it should be, without a call. @param metadata What it was asked for with. */
export const cleanAnswer = (samples: number, metadata: unknown = null): Message[] =>
  [created('R9', metadata), ...answerOf(9, samples).slice(1)].filter(
    ({ type }) => !type.includes('function') && !type.endsWith('cleared'),
  )

/** Answers in order, with some of it lost, some twice, and others in between; or all in no order at all. */
export function disordered<Other>(
  answers: readonly Message[],
  others: readonly Other[],
): fc.Arbitrary<(Message | Other)[]> {
  const fate = fc.tuple(
    fc.constantFrom(0, 1, 1, 1, 1, 1, 2),
    fc.option(fc.constantFrom<Message | Other>(...turn, ...others), { freq: 4 }),
  )
  const ordered = fc.array(fate, { minLength: answers.length, maxLength: answers.length }).map((fates) =>
    answers.flatMap((event, i) => {
      const [times = 1, other] = fates[i] ?? []
      return [...Array.from({ length: times }, () => event), ...(other ? [other] : [])]
    }),
  )
  const shuffled = fc.array(fc.constantFrom<Message | Other>(...answers, ...turn, ...others), {
    maxLength: 80,
  })
  return fc.oneof(ordered, shuffled)
}
