import { describe, expect, it } from 'vitest'
import {
  answer,
  audio,
  audioDone,
  callDone,
  created,
  done,
  failure,
  heardOf,
  itemDone,
  rest,
  speechStarted,
  speechStopped,
} from './openai-events.ts'
import { Talk } from './openai-server.ts'

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
