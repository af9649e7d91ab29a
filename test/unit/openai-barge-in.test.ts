import { describe, expect, it } from 'vitest'
import {
  answer,
  audio,
  audioDone,
  created,
  done,
  heardOf,
  itemDone,
  rest,
  speechStarted,
  speechStopped,
  words,
} from './openai-events.ts'
import { Talk } from './openai-server.ts'

describe('the user speaks during an answer', () => {
  it('drops what is late, lets OpenAI cancel, and truncates once to what was heard', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, speechStarted)
    await talk.play(...rest.slice(0, 3))
    await talk.interrupt(heardOf('I', 1200.7))
    await talk.play(...rest.slice(3))
    expect(talk.session.written.get('I')).toHaveLength(96_000)
    expect(talk.peer.sent).toEqual([
      { type: 'conversation.item.truncate', item_id: 'I', content_index: 0, audio_end_ms: 1200 },
    ])
    expect(talk.log.all('responseDone')).toEqual([{ responseId: 'R', status: 'cancelled', continues: false }])
    expect(talk.log.all('error')).toEqual([])
  })

  it('tells that speech began only when nothing more of the answer can come', async () => {
    const talk = await Talk.start()
    const late: string[] = []
    talk.model.on('speechStarted', () => {
      talk.session.output.write = (itemId) => late.push(itemId)
    })
    await talk.play(...answer, speechStarted, ...rest)
    expect(talk.log.all('speechStarted')).toHaveLength(1)
    expect(late).toEqual([])
  })

  it('makes the text of what was cut final, and does not add to it', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, speechStarted, ...rest)
    const texts = talk.log.all('transcript').filter(({ role }) => role === 'agent')
    expect(texts.at(-1)).toEqual({ id: 'I', role: 'agent', text: 'Rome is old. ', final: true })
    expect(texts.filter(({ final }) => final)).toHaveLength(1)
  })

  it('tells nothing of an answer that was heard to its end', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, audioDone(), itemDone(), done(), speechStarted)
    await talk.interrupt()
    expect(talk.peer.sent).toEqual([])
  })

  it('tells nothing of one whose last samples were about to be heard', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, audioDone(), itemDone(), done(), speechStarted)
    await talk.interrupt(heardOf('I', 4000))
    expect(talk.peer.sent).toEqual([])
  })

  it('tells once what was heard of an item', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, speechStarted)
    await talk.interrupt(heardOf('I', 1000))
    await talk.interrupt(heardOf('I', 1000))
    expect(talk.peer.sent).toHaveLength(1)
  })

  it('truncates an answer that is complete and still playing', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, audioDone(), itemDone(), done(), speechStarted)
    await talk.interrupt(heardOf('I', 500))
    expect(talk.peer.sent).toMatchObject([{ type: 'conversation.item.truncate', audio_end_ms: 500 }])
  })

  it('truncates where audio ran out, as OpenAI may have made more', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, speechStarted)
    await talk.interrupt(heardOf('I', 4000))
    expect(talk.peer.sent).toMatchObject([{ type: 'conversation.item.truncate', audio_end_ms: 4000 }])
  })

  it('never truncates beyond what arrived', async () => {
    const talk = await Talk.start()
    await talk.play(created(), audio(24_007), speechStarted)
    await talk.interrupt(heardOf('I', 5000, 5000))
    expect(talk.peer.sent).toMatchObject([{ audio_end_ms: 1000 }])
  })

  it('does not truncate what was not heard, but deletes it when its response is over', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, speechStarted)
    await talk.interrupt(heardOf('I', 0.9))
    expect(talk.peer.sent).toEqual([])
    await talk.play(...rest)
    expect(talk.peer.sent).toMatchObject([{ type: 'conversation.item.delete', item_id: 'I' }])
  })

  it('deletes it at once where its response is over', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, audioDone(), itemDone(), done(), speechStarted)
    await talk.interrupt(heardOf('I', 0))
    expect(talk.peer.sent).toMatchObject([{ type: 'conversation.item.delete', item_id: 'I' }])
  })

  it('deletes it once where the response ended before it was known what was heard', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, speechStarted, ...rest)
    expect(talk.peer.sent).toEqual([])
    await talk.interrupt(heardOf('I', 0))
    await talk.interrupt(heardOf('I', 0))
    expect(talk.peer.sent).toMatchObject([{ type: 'conversation.item.delete', item_id: 'I' }])
  })

  it('deletes an answer of which no audio had come', async () => {
    const talk = await Talk.start()
    await talk.play(created(), speechStarted)
    await talk.interrupt()
    await talk.play(words('Rome'), itemDone('I', 'R', 'incomplete'), done('R', 'cancelled'))
    expect(talk.peer.sent).toMatchObject([{ type: 'conversation.item.delete', item_id: 'I' }])
  })

  it('tells the items of one answer apart: heard, heard in part, not heard', async () => {
    const talk = await Talk.start()
    await talk.play(created(), audio(24_000, 'A'), audioDone('A'), itemDone('A'))
    await talk.play(audio(24_000, 'B'), audioDone('B'), itemDone('B'), audio(24_000, 'C'), speechStarted)
    await talk.interrupt(heardOf('B', 300, 1000), heardOf('C', 0, 1000))
    await talk.play(itemDone('C', 'R', 'incomplete'), done('R', 'cancelled'))
    expect(talk.peer.sent).toMatchObject([
      { type: 'conversation.item.truncate', item_id: 'B', audio_end_ms: 300 },
      { type: 'conversation.item.delete', item_id: 'C' },
    ])
  })

  it('cancels the answer where OpenAI was told not to', async () => {
    const talk = await Talk.start({ turnDetection: { type: 'server_vad', interruptResponse: false } })
    await talk.play(...answer, speechStarted)
    await talk.interrupt(heardOf('I', 1000))
    await talk.play(...rest)
    expect(talk.peer.sent).toMatchObject([
      { type: 'response.cancel', response_id: 'R' },
      { type: 'conversation.item.truncate', audio_end_ms: 1000 },
    ])
    expect(talk.session.written.get('I')).toHaveLength(96_000)
  })

  it('leaves the next answer alone where it begins before the speaker was silent', async () => {
    const talk = await Talk.start()
    talk.model.on('responseStarted', ({ responseId }) => {
      if (responseId === 'R2') talk.model.interrupt([heardOf('I', 800)])
    })
    await talk.play(...answer, speechStarted, ...rest, speechStopped, created('R2'), audio(480, 'I2', 'R2'))
    expect(talk.peer.sent).toMatchObject([{ type: 'conversation.item.truncate', item_id: 'I' }])
    expect(talk.session.written.get('I2')).toHaveLength(480)
  })

  it("takes an interruption that comes much later for the application's", async () => {
    const talk = await Talk.start()
    await talk.play(speechStarted, speechStopped, created())
    await new Promise((resolve) => setTimeout(resolve, 600))
    await talk.interrupt()
    expect(talk.peer.sent).toMatchObject([{ type: 'response.cancel', response_id: 'R' }])
  })
})
