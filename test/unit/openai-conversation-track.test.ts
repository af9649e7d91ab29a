import { describe, expect, it } from 'vitest'
import {
  created,
  done,
  heardOf,
  itemDone,
  speechStarted,
  speechStopped,
  words,
  wordsDone,
} from './openai-events.ts'
import type { Message } from './openai-server.ts'
import { metadataOf, TableTalk, track } from './openai-table-talk.ts'

const voice = (what: 'started' | 'stopped' | 'cleared', response = 'R'): Message => ({
  type: `output_audio_buffer.${what}`,
  response_id: response,
})
const added = (item = 'I', response = 'R'): Message => ({
  type: 'response.output_item.added',
  response_id: response,
  output_index: 0,
  item: { id: item, type: 'message', role: 'assistant', status: 'in_progress', content: [] },
})
const said = (item = 'I', response = 'R'): Message[] => [
  added(item, response),
  words('Rome is old.', item, response),
]
const ended = (item = 'I', response = 'R'): Message[] => [
  wordsDone('Rome is old.', item, response),
  itemDone(item, response),
]
const start = (options = {}): TableTalk => new TableTalk({ traits: track, options })

describe('an answer over WebRTC', () => {
  it('opens the speaker when it begins to sound and ends when it has sounded', () => {
    const talk = start()
    talk.play(created(), ...said())
    expect(talk.session.played).toEqual([])
    talk.play(voice('started'))
    expect(talk.session.played).toEqual(['I'])
    const part = { response_id: 'R', item_id: 'I', output_index: 0, content_index: 0 }
    talk.play({ type: 'response.output_audio.done', ...part }, ...ended(), done())
    expect(talk.session.ended).toEqual([])
    talk.play(voice('stopped'))
    expect(talk.session.ended).toEqual(['I'])
    expect(talk.sent).toEqual([])
  })

  it('opens the speaker for a message that is told of later', () => {
    const talk = start()
    talk.play(created(), voice('started'), ...said())
    expect(talk.session.played).toEqual(['I'])
  })

  it('may begin to sound when it has all been made', () => {
    const talk = start()
    talk.play(created(), ...said(), ...ended(), done(), voice('started'))
    expect(talk.session.played).toEqual(['I'])
  })

  it('opens the speaker anew for what sounds after a pause', () => {
    const talk = start()
    talk.play(created(), ...said('I'), voice('started'), ...ended('I'), voice('stopped'))
    expect(talk.session.ended).toEqual(['I'])
    talk.play(...said('J'), voice('started'))
    expect(talk.session.played).toEqual(['I', 'J'])
    talk.play(...ended('J'), done(), voice('stopped'))
    expect(talk.session.ended).toEqual(['I', 'J'])
  })

  it('goes on with the same message if it has paused in its middle', () => {
    const talk = start()
    talk.play(created(), ...said('I'), voice('started'), voice('stopped'), voice('started'))
    expect(talk.session.played).toEqual(['I', 'I'])
    talk.play(...ended('I'), done(), voice('stopped'))
    expect(talk.session.ended).toEqual(['I', 'I'])
  })

  it('of several messages counts as heard, all of it, when it has sounded', () => {
    const talk = start()
    talk.play(created(), ...said('I'), voice('started'), ...said('J'), ...ended('I'), ...ended('J'), done())
    expect(talk.session.ended).toEqual([])
    talk.play(voice('stopped'))
    expect(talk.session.ended).toEqual(['I', 'J'])
    expect(talk.session.played.indexOf('J')).toBe(talk.session.played.lastIndexOf('J'))
    expect(talk.session.played).toContain('J')
  })

  it('is not heard if it is not known', () => {
    const talk = start()
    talk.play(voice('started', 'X'), voice('stopped', 'X'), voice('cleared', 'X'))
    expect([talk.session.played, talk.session.ended]).toEqual([[], []])
  })

  it('that OpenAI clears by itself is over', () => {
    const talk = start()
    talk.play(created(), ...said(), voice('started'), voice('cleared'))
    expect(talk.session.ended).toEqual(['I'])
  })

  it('opens nothing where answers are only written', () => {
    const talk = start({ outputModalities: 'text' })
    talk.play(created(), added(), { ...words('Rome'), type: 'response.output_text.delta' }, done())
    expect(talk.all('transcript').at(-1)).toMatchObject({ text: 'Rome', final: true })
    talk.conversation.interrupt([])
    expect([talk.session.played, talk.sent]).toEqual([[], []])
  })
})

describe('an interruption over WebRTC', () => {
  it('by speech is all OpenAI’s own: nothing is sent', () => {
    const talk = start()
    talk.play(created(), ...said(), voice('started'), speechStarted)
    talk.conversation.interrupt([heardOf('I', 700)])
    talk.play(voice('cleared'), done('R', 'cancelled'))
    expect(talk.sent).toEqual([])
    expect(talk.all('responseDone')).toMatchObject([{ status: 'cancelled' }])
  })

  it('by speech, where OpenAI is told not to, is asked for', () => {
    const talk = start({ turnDetection: { type: 'server_vad', interruptResponse: false } })
    talk.play(created(), ...said(), voice('started'), speechStarted)
    talk.conversation.interrupt([heardOf('I', 700)])
    expect(talk.types).toEqual(['response.cancel', 'output_audio_buffer.clear'])
  })

  it('by the application cancels, then clears, and truncates and deletes nothing', () => {
    const talk = start()
    talk.play(created(), ...said(), voice('started'))
    talk.conversation.interrupt([heardOf('I', 0)])
    talk.play(voice('cleared'), done('R', 'cancelled'))
    expect(talk.types).toEqual(['response.cancel', 'output_audio_buffer.clear'])
  })

  it('of an answer that is made but still sounds only clears', () => {
    const talk = start()
    talk.play(created(), ...said(), voice('started'), ...ended(), done())
    talk.conversation.interrupt([heardOf('I', 100)])
    expect(talk.types).toEqual(['output_audio_buffer.clear'])
  })

  it('of an answer that has sounded sends nothing', () => {
    const talk = start()
    talk.play(created(), ...said(), voice('started'), ...ended(), done(), voice('stopped'))
    talk.conversation.interrupt([])
    expect(talk.sent).toEqual([])
  })

  it.each([
    ['while it is made', []],
    ['when it is made', [...ended(), done()]],
  ])('before anything sounded, %s, leaves the speaker shut however late it sounds', (_, events) => {
    const talk = start()
    talk.play(created(), ...said(), ...events)
    talk.conversation.interrupt([])
    talk.play(voice('started'), ...said('J'), voice('stopped'))
    expect(talk.session.played).toEqual([])
    expect(talk.types).toContain('output_audio_buffer.clear')
  })

  it('of an answer that is not begun leaves the speaker shut', () => {
    const talk = start()
    talk.conversation.sendMessage({ text: 'And in Rome?' })
    talk.conversation.interrupt([])
    talk.play(created('R', metadataOf(talk)), ...said(), voice('started'))
    expect(talk.session.played).toEqual([])
    expect(talk.types.slice(2)).toEqual(['response.cancel', 'output_audio_buffer.clear'])
  })

  it('does not keep the next answer from being heard', () => {
    const talk = start()
    talk.play(created(), ...said(), voice('started'), speechStarted)
    talk.conversation.interrupt([heardOf('I', 700)])
    talk.play(voice('cleared'), done('R', 'cancelled'), speechStopped)
    talk.play(created('R2'), ...said('I2', 'R2'), voice('started', 'R2'))
    expect(talk.session.played).toEqual(['I', 'I2'])
  })
})
