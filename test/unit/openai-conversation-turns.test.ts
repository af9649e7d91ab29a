import { describe, expect, it } from 'vitest'
import { answer, audio, created, done, failure, heardOf, rest } from './openai-events.ts'
import { TableTalk, track } from './openai-table-talk.ts'

const options = { turnDetection: null }
const frame = new Int16Array(480)

/** Says something for so many frames of 20 ms. Returns how many of them were taken. */
function speak({ conversation }: TableTalk, count: number): number {
  return Array.from({ length: count }, () => conversation.takes(frame)).filter(Boolean).length
}

describe('where the application says whose turn it is', () => {
  it('a turn is what is said in it, and is answered', () => {
    const talk = new TableTalk({ options })
    expect(speak(talk, 3)).toBe(0)
    talk.conversation.startTurn()
    expect(speak(talk, 5)).toBe(5)
    talk.conversation.endTurn()
    expect(speak(talk, 3)).toBe(0)
    expect(talk.types).toEqual(['input_audio_buffer.clear', 'input_audio_buffer.commit', 'response.create'])
  })

  it('a turn that is too short is dropped, and nobody waits for an answer', async () => {
    const talk = new TableTalk({ options })
    talk.conversation.startTurn()
    speak(talk, 4)
    talk.conversation.endTurn()
    expect(talk.types).toEqual(['input_audio_buffer.clear', 'input_audio_buffer.clear'])
    expect(talk.told).toEqual([])
    await Promise.resolve()
    expect(talk.all('responseDone')).toMatchObject([{ status: 'cancelled', continues: false }])
  })

  it('frames before a turn do not make it longer', () => {
    const talk = new TableTalk({ options })
    speak(talk, 50)
    talk.conversation.startTurn()
    talk.conversation.endTurn()
    expect(talk.types).not.toContain('input_audio_buffer.commit')
  })

  it('the end of a turn that did not begin means nothing', async () => {
    const talk = new TableTalk({ options })
    talk.conversation.endTurn()
    await Promise.resolve()
    expect([talk.sent, talk.told]).toEqual([[], []])
  })

  it('a turn interrupts the answer, and is answered when that is over', () => {
    const talk = new TableTalk({ options })
    talk.play(...answer)
    talk.conversation.startTurn()
    expect(talk.types).toEqual(['response.cancel', 'input_audio_buffer.clear'])
    speak(talk, 10)
    talk.conversation.endTurn()
    // The speaker says how much was heard when it has fallen silent.
    talk.conversation.interrupt([heardOf('I', 1000)])
    expect(talk.types.slice(2)).toEqual(['input_audio_buffer.commit', 'conversation.item.truncate'])
    talk.play(...rest)
    expect(talk.types.at(-1)).toBe('response.create')
  })

  it('what OpenAI finds too short is no error', () => {
    const talk = new TableTalk({ options })
    talk.play(failure('input_audio_buffer_commit_empty'))
    expect(talk.told).toEqual([])
  })

  it('over WebRTC, the length of a turn is the time that it takes', () => {
    const talk = new TableTalk({ options, traits: track })
    talk.conversation.startTurn()
    talk.conversation.endTurn()
    expect(talk.types).toEqual(['input_audio_buffer.clear', 'input_audio_buffer.clear'])
  })
})

it('audio is always taken where OpenAI finds the turns', () => {
  const talk = new TableTalk()
  talk.play(created(), audio(10), done())
  expect(speak(talk, 3)).toBe(3)
})
