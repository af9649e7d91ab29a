import { describe, expect, it } from 'vitest'
import { audio, created, done, failure, speechStarted, speechStopped } from './openai-events.ts'
import { Talk } from './openai-server.ts'

describe('trouble', () => {
  it('with an event that is said twice in a row is none', async () => {
    const talk = await Talk.start()
    const [first, second] = [audio(10), audio(20)].map((event, i) => ({ ...event, event_id: `event_${i}` }))
    await talk.play(created(), ...[first, first, second, second].map((event) => JSON.stringify(event)))
    expect(talk.session.written.get('I')).toHaveLength(30)
  })

  it('skips what cannot be read, once reported, and goes on', async () => {
    const talk = await Talk.start()
    await talk.play(
      created(),
      '{"type":',
      '[]',
      'null',
      '{"type":7}',
      JSON.stringify({ ...audio(1), delta: null }),
      JSON.stringify({ ...audio(1), delta: 'not base64!' }),
      JSON.stringify({ type: 'response.created', response: null }),
      JSON.stringify({ type: 'error' }),
      audio(10),
    )
    talk.peer.sendBinary(new Uint8Array([123, 125]))
    await talk.play()
    expect(talk.log.all('error')).toHaveLength(9)
    expect(new Set(talk.log.all('error').map(({ code }) => code))).toEqual(new Set(['message-malformed']))
    expect(talk.session.written.get('I')).toHaveLength(10)
  })

  it('ignores what it does not know', async () => {
    const talk = await Talk.start()
    await talk.play(
      { type: 'response.telepathy.delta', delta: { thought: 1 } },
      { type: 'constructor' },
      { type: 'rate_limits.updated', rate_limits: null },
      { type: 'session.updated', session: null },
    )
    expect(talk.log.all('error')).toEqual([])
  })

  it('reports an error of OpenAI as one that ends nothing', async () => {
    const talk = await Talk.start()
    await talk.play(failure('invalid_value'), failure(null))
    expect(talk.log.all('error')).toMatchObject([
      { name: 'ModelError', providerCode: 'invalid_value', retryable: false },
      { name: 'ModelError', providerCode: 'invalid_request_error', retryable: false },
    ])
    expect(talk.log.all('closed')).toEqual([])
  })

  it('tells that an answer failed which was asked for and refused', async () => {
    const talk = await Talk.start()
    talk.model.sendMessage({ text: 'Hello?' })
    const { event_id: id } = await talk.peer.waitFor('response.create')
    await talk.play(failure('rate_limit_exceeded', String(id)))
    expect(talk.log.all('error')).toMatchObject([{ providerCode: 'rate_limit_exceeded', retryable: true }])
    expect(talk.log.all('responseStarted')).toEqual([{ responseId: id }])
    expect(talk.log.all('responseDone')).toEqual([{ responseId: id, status: 'failed', continues: false }])
  })

  it('asks again for an answer that was refused because OpenAI had begun one of its own', async () => {
    const talk = await Talk.start()
    await talk.play(speechStarted, speechStopped)
    talk.model.sendMessage({ text: 'Hello?' })
    const { event_id: id } = await talk.peer.waitFor('response.create')
    await talk.play(created(), failure('conversation_already_has_active_response', String(id)))
    expect(talk.peer.sent).toHaveLength(2)
    await talk.play(done())
    await talk.peer.waitFor('response.create', 2)
    expect(talk.log.all('error')).toEqual([])
  })
})
