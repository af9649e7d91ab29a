import { describe, expect, it } from 'vitest'
import { callDone, created, done, failure, words } from './openai-events.ts'
import { metadataOf, TableTalk } from './openai-table-talk.ts'

describe('an answer that ends before its end', () => {
  it.each([
    ['incomplete', { reason: 'content_filter' }, 'content_filter', false],
    ['incomplete', { reason: 'max_output_tokens' }, 'max_output_tokens', false],
    ['incomplete', null, 'incomplete', false],
    ['failed', { error: { type: 'server_error', code: 'server_error' } }, 'server_error', true],
    ['failed', { error: { type: 'x', code: 'rate_limit_exceeded' } }, 'rate_limit_exceeded', true],
    ['failed', { error: { type: 'invalid_request_error', code: 'inference_x' } }, 'inference_x', false],
    ['failed', null, undefined, false],
  ])('%s, because of %j, is an error, and the turn is over', (status, details, providerCode, retryable) => {
    const talk = new TableTalk()
    talk.play(created(), words('Rome'), done('R', status, details && { type: status, ...details }))
    expect(talk.all('error')).toMatchObject([{ code: 'model-error', providerCode, retryable }])
    expect(talk.all('responseDone')).toMatchObject([{ status, continues: false }])
    expect(talk.told.findIndex(({ name }) => name === 'error')).toBeLessThan(
      talk.told.findIndex(({ name }) => name === 'responseDone'),
    )
  })

  it('still is the end of its text', () => {
    const talk = new TableTalk()
    talk.play(created(), words('Rome'), done('R', 'incomplete', { reason: 'max_output_tokens' }))
    expect(talk.all('transcript').at(-1)).toMatchObject({ text: 'Rome', final: true })
  })
})

describe('a call', () => {
  it.each(['{"city":', '', 'null', '[]'])('is passed on as it came: %s', async (args) => {
    const talk = new TableTalk()
    talk.session.answer = () => ({ output: 'The arguments are no JSON.', ok: false })
    talk.play(created(), callDone('C1', 'R', args), done())
    await new Promise((resolve) => setImmediate(resolve))
    expect(talk.session.calls).toEqual([{ callId: 'C1', name: 'weather', arguments: args }])
    expect(talk.wire).toMatchObject([
      { item: { type: 'function_call_output', output: 'The arguments are no JSON.' } },
      { type: 'response.create' },
    ])
  })
})

describe('an error', () => {
  it.each([
    ['beta_api_shape_disabled', false],
    ['rate_limit_exceeded', true],
    ['server_error', true],
    ['invalid_value', false],
  ])('%s says whether it helps to try again: %s', (code, retryable) => {
    const talk = new TableTalk()
    talk.play(failure(code))
    expect(talk.all('error')).toMatchObject([{ providerCode: code, retryable }])
  })

  it('about a request ends the wait for its answer', () => {
    const talk = new TableTalk()
    talk.conversation.sendMessage({ text: 'And Rome?' })
    talk.play(failure('rate_limit_exceeded', 'create_1'))
    expect(talk.told.map(({ name }) => name)).toEqual(['error', 'responseStarted', 'responseDone'])
    talk.conversation.sendMessage({ text: 'And Rome?' })
    talk.play(created('R', metadataOf(talk)), done())
    expect(talk.all('responseDone').at(-1)).toMatchObject({ status: 'completed' })
  })
})
