import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
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
import { TableTalk } from './openai-table-talk.ts'

const input = (what: string, item = 'U'): Message => ({
  type: `input_audio_buffer.${what}`,
  item_id: item,
  previous_item_id: null,
  audio_start_ms: 0,
  audio_end_ms: 6000,
})
const heard = (type: string, rest: object, item = 'U'): Message => ({
  type: `conversation.item.input_audio_transcription.${type}`,
  item_id: item,
  content_index: 0,
  ...rest,
})
const usage = {
  total_tokens: 30,
  input_tokens: 20,
  output_tokens: 10,
  input_token_details: { audio_tokens: 5 },
}
const withUsage = (id = 'R'): Message => {
  const event = done(id)
  return { ...event, response: { ...(event.response as object), usage } }
}

describe('usage', () => {
  it('is told in neutral words, and as it came', () => {
    const talk = new TableTalk()
    talk.play(created(), withUsage())
    expect(talk.all('usage')).toEqual([
      { inputTokens: 20, outputTokens: 10, totalTokens: 30, details: usage },
    ])
  })

  it('is told once for each answer', () => {
    const talk = new TableTalk()
    talk.play(created(), withUsage(), withUsage())
    expect(talk.all('usage')).toHaveLength(1)
  })
})

describe('the end of a session', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const session = (lifeMs: number): Message => ({
    type: 'session.updated',
    session: { expires_at: (Date.now() + lifeMs) / 1000 },
  })

  it.each([
    [3_600_000, 300_000],
    [60_000, 30_000],
  ])('of one that lives %d ms is announced %d ms before', (lifeMs, inMs) => {
    const talk = new TableTalk()
    talk.play(session(lifeMs))
    vi.advanceTimersByTime(lifeMs - inMs - 10)
    expect(talk.told).toEqual([])
    vi.advanceTimersByTime(20)
    expect(talk.all('expiring')).toEqual([{ inMs: expect.closeTo(inMs, 0) as number }])
  })

  it('is not announced when the connection is over', () => {
    const talk = new TableTalk()
    talk.play(session(3_600_000))
    talk.abort.abort()
    vi.advanceTimersByTime(3_600_000)
    expect([talk.told, vi.getTimerCount()]).toEqual([[], 0])
  })

  it('is not announced by a clock that is wrong, or where none is told', () => {
    const talk = new TableTalk()
    talk.play(session(-1000), session(1e12), { type: 'session.updated', session: { expires_at: null } })
    talk.play({ type: 'session.updated' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that has come is no error, but the time to connect anew', () => {
    const talk = new TableTalk()
    talk.play(failure('session_expired'))
    expect(talk.told).toEqual([{ name: 'expiring', payload: { inMs: 0 } }])
  })
})

describe('what the user said', () => {
  it('has its place before the answer, though it is only known after it', () => {
    const talk = new TableTalk()
    talk.play(speechStarted, speechStopped, input('committed'), created(), words('Old.'), done())
    talk.play(heard('completed', { transcript: 'And Rome?' }))
    const transcripts = talk.all('transcript').map(({ id, text, final }) => [id, text, final])
    expect(transcripts).toEqual([
      ['U', '', false],
      ['I', 'Old.', false],
      ['I', 'Old.', true],
      ['U', 'And Rome?', true],
    ])
  })

  it('keeps its place where its text comes first', () => {
    const talk = new TableTalk()
    talk.play(heard('completed', { transcript: 'And Rome?' }), input('committed'))
    expect(talk.all('transcript')).toHaveLength(1)
  })

  it('is complete once, whatever comes late', () => {
    const talk = new TableTalk()
    talk.play(
      input('committed'),
      heard('delta', { delta: 'And' }),
      heard('segment', { text: 'And', id: 'S', speaker: 'A', start: 0, end: 1 }),
      heard('completed', { transcript: 'And Rome?' }),
      heard('delta', { delta: ' Rome' }),
      heard('completed', { transcript: 'And Rome?' }),
    )
    expect(talk.all('transcript').map(({ text, final }) => [text, final])).toEqual([
      ['', false],
      ['And', false],
      ['And Rome?', true],
    ])
  })

  it('has no place where there will be no text', () => {
    const talk = new TableTalk({ options: { transcription: false } })
    talk.play(input('committed'))
    expect(talk.told).toEqual([])
  })

  it('ends where it cannot be recognised', () => {
    const talk = new TableTalk()
    talk.play(input('committed'), heard('failed', { error: { code: 'audio_unintelligible' } }))
    expect(talk.all('transcript').at(-1)).toEqual({ id: 'U', role: 'user', text: '', final: true })
  })
})

describe('silence that lasts', () => {
  it('is answered, though nobody said anything', () => {
    const talk = new TableTalk()
    talk.play(
      input('timeout_triggered'),
      input('committed'),
      heard('completed', { transcript: 'Thanks for watching!' }),
      created(),
      words('Still there?'),
      done(),
    )
    expect(talk.told.map(({ name }) => name)).toEqual([
      'speechStopped',
      'responseStarted',
      'transcript',
      'transcript',
      'responseDone',
    ])
    expect(talk.all('transcript').map(({ role }) => role)).toEqual(['agent', 'agent'])
  })

  it('may fail to be recognised, which is no error', () => {
    const talk = new TableTalk()
    talk.play(input('timeout_triggered'), heard('failed', { error: { code: 'audio_unintelligible' } }))
    expect(talk.all('error')).toEqual([])
  })
})

describe('an answer of several messages', () => {
  it('is told message by message, however they interleave with a call', async () => {
    const talk = new TableTalk()
    talk.play(
      created(),
      words('One mo', 'I'),
      callDone('C1'),
      words('The weather ', 'J'),
      audio(10, 'I'),
      words('ment.', 'I'),
      audio(20, 'J'),
      wordsDone('One moment.', 'I'),
      audioDone('I'),
      callItemDone('C1'),
      itemDone('I'),
      words('is fine.', 'J'),
      itemDone('J'),
      done(),
    )
    await new Promise((resolve) => setImmediate(resolve))
    const finals = talk.all('transcript').filter(({ final }) => final)
    expect(finals.map(({ id, text }) => [id, text])).toEqual([
      ['I', 'One moment.'],
      ['J', 'The weather is fine.'],
    ])
    expect(talk.session.ended).toEqual(['I', 'J'])
    expect([talk.session.written.get('I')?.length, talk.session.written.get('J')?.length]).toEqual([10, 20])
    expect(talk.session.calls).toHaveLength(1)
    expect(talk.types).toEqual(['conversation.item.create', 'response.create'])
  })
})

describe('an answer whose end was lost', () => {
  it('ends when the next one begins', () => {
    const talk = new TableTalk()
    talk.play(created('R'), audio(10), created('R2'), done('R2'), done('R'))
    expect(talk.all('responseDone').map(({ responseId }) => responseId)).toEqual(['R', 'R2'])
    expect(talk.session.ended).toEqual(['I'])
  })
})

describe('written answers', () => {
  const options = { outputModalities: 'text' as const }
  const written = (type: string, rest: object): Message => ({
    type: `response.output_text.${type}`,
    response_id: 'R',
    item_id: 'I',
    output_index: 0,
    content_index: 0,
    ...rest,
  })

  it('are told as text, and nothing sounds', () => {
    const talk = new TableTalk({ options })
    talk.play(created(), written('delta', { delta: 'Rome' }), written('done', { text: 'Rome.' }), done())
    expect(talk.all('transcript').map(({ text, final }) => [text, final])).toEqual([
      ['Rome', false],
      ['Rome.', false],
      ['Rome.', true],
    ])
    expect(talk.session.written.size).toBe(0)
  })

  it('stay in the model’s memory when they are interrupted: they have been read', () => {
    const talk = new TableTalk({ options })
    talk.play(created(), written('delta', { delta: 'Rome' }))
    talk.conversation.interrupt([])
    talk.play(itemDone('I', 'R', 'incomplete'), done('R', 'cancelled'))
    expect(talk.types).toEqual(['response.cancel'])
  })
})

describe('a service without', () => {
  const interrupted = (talk: TableTalk): string[] => {
    talk.play(created(), words('Rome'), audio(24_000, 'I'), words('Old', 'J'), audio(24_000, 'J'))
    talk.conversation.interrupt([
      { itemId: 'I', heardMs: 500, receivedMs: 1000 },
      { itemId: 'J', heardMs: 0, receivedMs: 1000 },
    ])
    talk.play(done('R', 'cancelled'))
    return talk.types
  }
  const traits = {
    truncation: 'client',
    media: 'frames',
    textOutput: true,
    imageInput: true,
    deletion: true,
    metadata: true,
  } as const

  it('deletion is not asked to delete', () => {
    expect(interrupted(new TableTalk({ traits: { ...traits, deletion: false } }))).toEqual([
      'response.cancel',
      'conversation.item.truncate',
    ])
  })

  it('truncation is not asked to truncate', () => {
    expect(interrupted(new TableTalk({ traits: { ...traits, truncation: 'none' } }))).toEqual([
      'response.cancel',
      'conversation.item.delete',
    ])
  })

  it('metadata is asked without, and its answer is known all the same', () => {
    const talk = new TableTalk({ traits: { ...traits, metadata: false } })
    talk.conversation.sendMessage({ text: 'And Rome?' })
    expect(talk.wire[1]).toEqual({ type: 'response.create', event_id: 'create_1' })
    talk.play(created(), done())
    talk.conversation.sendMessage({ text: 'And Athens?' })
    talk.conversation.interrupt([])
    talk.play(created('R2'))
    expect(talk.all('responseStarted')).toEqual([{ responseId: 'R' }])
    expect(talk.types.slice(2)).toEqual(['conversation.item.create', 'response.create', 'response.cancel'])
  })
})
