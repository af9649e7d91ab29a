import { describe, expect, it } from 'vitest'
import {
  audio,
  audioDone,
  created,
  done,
  itemDone,
  speechStarted,
  speechStopped,
  words,
  wordsDone,
} from './openai-events.ts'
import { type Message, Talk } from './openai-server.ts'

const userText = (type: string, rest: object, item = 'U'): Message => ({
  type: `conversation.item.input_audio_transcription.${type}`,
  item_id: item,
  content_index: 0,
  ...rest,
})

describe('what the user says', () => {
  it('goes out as base64 of little-endian PCM16', async () => {
    const talk = await Talk.start()
    talk.model.handleAudioInput(Int16Array.of(1, -2, 256))
    const { audio } = await talk.peer.waitFor('input_audio_buffer.append')
    expect([...Buffer.from(String(audio), 'base64')]).toEqual([1, 0, 254, 255, 0, 1])
  })

  it('goes out for the part of a buffer that a frame covers', async () => {
    const talk = await Talk.start()
    talk.model.handleAudioInput(Int16Array.of(1, 2, 3, 4).subarray(1, 3))
    const { audio } = await talk.peer.waitFor('input_audio_buffer.append')
    expect([...Buffer.from(String(audio), 'base64')]).toEqual([2, 0, 3, 0])
  })

  it('is dropped and counted, unlike messages, while the network does not keep up', async () => {
    const talk = await Talk.start()
    talk.peer.pause()
    const frame = new Int16Array(24_000)
    for (let i = 0; i < 2000 && talk.model.droppedFrames < 3; i++) talk.model.handleAudioInput(frame)
    expect(talk.model.droppedFrames).toBe(3)
    talk.model.sendMessage({ text: 'Can you hear me?' })
    talk.peer.resume()
    await talk.peer.waitFor('response.create')
  })

  it('becomes text as it is recognised', async () => {
    const talk = await Talk.start()
    await talk.play(
      userText('delta', { delta: ' Hello' }),
      userText('delta', { delta: null }),
      userText('delta', { delta: ', world' }),
      userText('completed', { transcript: 'Hello, world.', usage: { type: 'duration', seconds: 1 } }),
    )
    expect(talk.log.all('transcript').slice(0, 4)).toEqual([
      { id: 'U', role: 'user', text: 'Hello', final: false },
      { id: 'U', role: 'user', text: 'Hello', final: false },
      { id: 'U', role: 'user', text: 'Hello, world', final: false },
      { id: 'U', role: 'user', text: 'Hello, world.', final: true },
    ])
  })

  it('stays as far as it was recognised where the rest is not, which is an error that ends nothing', async () => {
    const talk = await Talk.start()
    const error = { type: 'server_error', code: 'audio_unintelligible', message: 'No.', param: null }
    await talk.play(
      userText('failed', { error }, 'V'),
      userText('delta', { delta: 'Hello' }),
      userText('failed', { error }),
    )
    expect(talk.log.all('error')).toMatchObject([
      { code: 'model-error', providerCode: 'audio_unintelligible' },
      { code: 'model-error', providerCode: 'audio_unintelligible' },
    ])
    expect(talk.log.all('transcript').filter(({ id }) => id === 'V')).toEqual([])
    expect(talk.log.all('transcript').find(({ final }) => final)).toMatchObject({ id: 'U', text: 'Hello' })
  })

  it('has a beginning and an end', async () => {
    const talk = await Talk.start()
    await talk.play(speechStarted, speechStopped)
    expect(talk.log.entries.slice(0, 2).map(({ name }) => name)).toEqual(['speechStarted', 'speechStopped'])
  })

  it('has no end where OpenAI is told not to answer', async () => {
    const talk = await Talk.start({ turnDetection: { type: 'semantic_vad', createResponse: false } })
    await talk.play(speechStarted, speechStopped)
    expect(talk.log.all('speechStopped')).toEqual([])
  })

  it('may be typed', async () => {
    const talk = await Talk.start()
    talk.model.sendMessage({ text: 'And in Rome?' })
    await talk.peer.waitFor('response.create')
    expect(talk.peer.sent).toMatchObject([
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And in Rome?' }] },
      },
      { type: 'response.create' },
    ])
  })
})

describe('what the agent says', () => {
  it('is written item by item, and ended', async () => {
    const talk = await Talk.start()
    await talk.play(
      created(),
      audio(100),
      audio(200),
      audioDone(),
      audio(50, 'J'),
      audioDone('J'),
      itemDone(),
      itemDone('J'),
      done(),
    )
    expect(talk.session.written.get('I')).toHaveLength(300)
    expect(talk.session.written.get('J')).toHaveLength(50)
    expect(talk.session.ended).toEqual(['I', 'J'])
    expect(talk.log.all('responseStarted')).toEqual([{ responseId: 'R' }])
    expect(talk.log.all('responseDone')).toEqual([{ responseId: 'R', status: 'completed', continues: false }])
  })

  it('is ended with its response where OpenAI does not say so', async () => {
    const talk = await Talk.start()
    await talk.play(created(), audio(100), words('Hi'), done())
    expect(talk.session.ended).toEqual(['I'])
    expect(talk.log.all('transcript').at(-2)).toMatchObject({ text: 'Hi', final: true })
  })

  it('is not heard if it belongs to no answer, or to one that is over', async () => {
    const talk = await Talk.start()
    await talk.play(audio(100, 'X', 'nobody'), created(), done(), audio(100))
    expect(talk.session.written.size).toBe(0)
  })

  it('becomes text, part by part, whichever comes first', async () => {
    const talk = await Talk.start()
    await talk.play(
      created(),
      words('Rome', 'I', 'R', 1),
      words('Old ', 'I', 'R', 0),
      words('.', 'I', 'R', 1),
      words('other', 'J'),
      wordsDone('Old ', 'I', 'R', 0),
      wordsDone(null, 'J'),
      wordsDone('Rome!', 'I', 'R', 1),
      itemDone(),
      itemDone('J'),
      done(),
    )
    const texts = talk.log.all('transcript').filter(({ role }) => role === 'agent')
    expect(texts.filter(({ id }) => id === 'I').map(({ text, final }) => [text, final])).toEqual([
      ['Rome', false],
      ['Old Rome', false],
      ['Old Rome.', false],
      ['Old Rome!', false],
      ['Old Rome!', true],
    ])
    expect(texts.filter(({ id }) => id === 'J').map(({ text, final }) => [text, final])).toEqual([
      ['other', false],
      ['other', true],
    ])
  })

  it.each([
    ['incomplete', 'incomplete'],
    ['cancelled', 'cancelled'],
    ['failed', 'failed'],
    [null, 'completed'],
  ])('ends as %s', async (wire, status) => {
    const talk = await Talk.start()
    await talk.play(created(), done('R', wire as string))
    expect(talk.log.all('responseDone')).toMatchObject([{ status }])
  })

  it('fails with what OpenAI says about it', async () => {
    const talk = await Talk.start()
    const details = { type: 'failed', error: { type: 'server_error', code: 'rate_limit_exceeded' } }
    await talk.play(created(), done('R', 'failed', details))
    expect(talk.log.all('error')).toMatchObject([
      { code: 'model-error', providerCode: 'rate_limit_exceeded', retryable: true },
    ])
  })
})
