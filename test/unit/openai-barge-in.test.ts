import { describe, expect, it } from 'vitest'
import type { HeardItem } from '../../src/providers/model.ts'
import {
  audio,
  audioDone,
  callDone,
  created,
  done,
  failure,
  itemDone,
  speechStarted,
  speechStopped,
  words,
  wordsDone,
} from './openai-events.ts'
import { Talk } from './openai-server.ts'

/** Four seconds of an answer that is not over, as one second of OpenAI's time brings them. */
const answer = [created(), words('Rome is old. '), ...Array.from({ length: 4 }, () => audio(24_000))]

/** What OpenAI still sends of an answer that it has cancelled. */
const rest = [
  audio(24_000),
  words('And beautiful.'),
  audio(24_000),
  audioDone(),
  wordsDone('Rome is old. And beautiful.'),
  itemDone('I', 'R', 'incomplete'),
  done('R', 'cancelled', { type: 'cancelled', reason: 'turn_detected' }),
]

const heardOf = (itemId: string, heardMs: number, receivedMs = 4000): HeardItem => ({
  itemId,
  heardMs,
  receivedMs,
})

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
    await talk.play(...answer, speechStarted, ...rest, speechStopped, created('R2'), audio(480, 'I2', 'R2'))
    await talk.interrupt(heardOf('I', 800))
    await talk.play(audio(480, 'I2', 'R2'))
    expect(talk.peer.sent).toMatchObject([{ type: 'conversation.item.truncate', item_id: 'I' }])
    expect(talk.session.written.get('I2')).toHaveLength(960)
  })
})

describe('the application interrupts', () => {
  it('cancels the answer, truncates it and drops the rest', async () => {
    const talk = await Talk.start()
    await talk.play(...answer)
    await talk.interrupt(heardOf('I', 2500.2))
    await talk.play(...rest)
    expect(talk.peer.sent).toMatchObject([
      { type: 'response.cancel', response_id: 'R' },
      { type: 'conversation.item.truncate', item_id: 'I', audio_end_ms: 2500 },
    ])
    expect(talk.session.written.get('I')).toHaveLength(96_000)
    expect(talk.log.all('responseDone')).toMatchObject([{ status: 'cancelled', continues: false }])
  })

  it('calls it cancelled where OpenAI had finished it on the way, and swallows the refusal', async () => {
    const talk = await Talk.start()
    await talk.play(...answer)
    await talk.interrupt(heardOf('I', 100))
    await talk.play(audioDone(), itemDone(), done('R', 'completed'), failure('response_cancel_not_active'))
    expect(talk.log.all('responseDone')).toMatchObject([{ status: 'cancelled' }])
    expect(talk.log.all('error')).toEqual([])
  })

  it('cancels an answer that is asked for, but not begun', async () => {
    const talk = await Talk.start()
    talk.model.sendMessage({ text: 'And in Rome?' })
    const request = await talk.peer.waitFor('response.create')
    await talk.interrupt()
    await talk.play(created('R', metadataOf(request)), audio(480), itemDone(), done('R', 'cancelled'))
    expect(talk.peer.sent.slice(2)).toMatchObject([
      { type: 'response.cancel', response_id: 'R' },
      { type: 'conversation.item.delete', item_id: 'I' },
    ])
    expect(talk.session.written.size).toBe(0)
    expect(talk.log.all('responseStarted')).toEqual([])
    expect(talk.log.all('responseDone')).toEqual([])
  })

  it('cancels an answer that OpenAI is about to begin by itself', async () => {
    const talk = await Talk.start()
    await talk.play(speechStarted, speechStopped)
    await talk.interrupt()
    await talk.interrupt()
    await talk.play(created(), audio(480), done('R', 'cancelled'))
    expect(talk.peer.sent).toMatchObject([
      { type: 'response.cancel', response_id: 'R' },
      { type: 'conversation.item.delete', item_id: 'I' },
    ])
    expect(talk.session.written.size).toBe(0)
  })

  it('lets the answer to what the user says next through', async () => {
    const talk = await Talk.start()
    await talk.play(...answer)
    await talk.interrupt(heardOf('I', 100))
    await talk.play(...rest, speechStarted, speechStopped, created('R2'), audio(480, 'I2', 'R2'))
    expect(talk.session.written.get('I2')).toHaveLength(480)
  })

  it('asks for the answer to a message when the interrupted one is over', async () => {
    const talk = await Talk.start()
    await talk.play(...answer)
    await talk.interrupt(heardOf('I', 0))
    talk.model.sendMessage({ text: 'And in Rome?' })
    await talk.settle()
    expect(talk.peer.sent.map(({ type }) => type)).toEqual(['response.cancel', 'conversation.item.create'])
    await talk.play(...rest)
    // What was not heard is gone before the next answer is made.
    expect(talk.peer.sent.slice(2)).toMatchObject([
      { type: 'conversation.item.delete', item_id: 'I' },
      { type: 'response.create' },
    ])
  })

  it('does not answer to tools of an answer that was interrupted, but tells what they gave', async () => {
    const talk = await Talk.start()
    let finish = (): void => {}
    talk.session.answer = () =>
      new Promise((resolve) => (finish = () => resolve({ output: 'sunny', ok: true })))
    await talk.play(created(), callDone('C1'), done())
    await talk.interrupt()
    finish()
    await talk.peer.waitFor('conversation.item.create')
    await talk.settle()
    expect(talk.peer.sent).toMatchObject([{ item: { type: 'function_call_output', call_id: 'C1' } }])
  })
})

describe('errors about an interruption', () => {
  it('reports a failed truncation and goes on', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, speechStarted)
    await talk.interrupt(heardOf('I', 100))
    await talk.play(...rest, failure('invalid_value'), created('R2'), audio(480, 'I2', 'R2'))
    expect(talk.log.all('error')).toMatchObject([{ code: 'model-error', providerCode: 'invalid_value' }])
    expect(talk.session.written.get('I2')).toHaveLength(480)
  })

  it('keeps silent about the deletion of an item that OpenAI did not keep', async () => {
    const talk = await Talk.start()
    await talk.play(...answer, speechStarted, ...rest)
    await talk.interrupt(heardOf('I', 0))
    const deletion = await talk.peer.waitFor('conversation.item.delete')
    await talk.play(failure('item_delete_invalid_item_id', String(deletion.event_id)))
    expect(talk.log.all('error')).toEqual([])
  })
})

function metadataOf(request: Readonly<Record<string, unknown>>): unknown {
  return (request.response as { readonly metadata: unknown }).metadata
}
