import { expect, test, vi } from 'vitest'
import { ModelError } from '../../src/core/errors.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import { liveRig } from './openai-live-rig.ts'

const closed = (reason: string) => ({ type: 'session.closed', reason, usage: { seconds: 3 } })

/** The error with which a start failed. */
function rejection(reports: readonly EngineReport[]): unknown {
  const settled = reports.find((report) => report.type === 'settled')
  return settled?.type === 'settled' ? settled.error : undefined
}

test('a server that does not open the session is why there is none', async () => {
  const cause = new Error('no')
  const { start, reports, peer } = liveRig({ negotiate: async () => Promise.reject(cause) })
  await start().catch(() => {})
  expect(rejection(reports)).toMatchObject({ code: 'auth-failed', cause })
  expect(peer().ended).toBe(true)
})

test('what the server throws of ours is passed on', async () => {
  const error = new ModelError('No.', { code: 'model-error', providerCode: 'model_not_found' })
  const { start, reports } = liveRig({ negotiate: async () => Promise.reject(error) })
  await start().catch(() => {})
  expect(rejection(reports)).toBe(error)
})

test.each([[''], [undefined], [{ sdp: 3 }]])(
  'an answer without a description is refused: %j',
  async (answer) => {
    const { start, reports } = liveRig({
      negotiate: async () => Promise.resolve(answer as unknown as string),
    })
    await start().catch(() => {})
    expect(rejection(reports)).toMatchObject({ code: 'auth-empty' })
  },
)

test('a session that does not start in time is given up', async () => {
  const { engine, reports, pass, peer } = liveRig({ connectTimeoutMs: 300 })
  engine.handle({ type: 'start', request: 1, instructions: '', tools: [], onLocalSpeech: 'off' })
  await pass(400)
  expect(rejection(reports)).toMatchObject({ code: 'connection-timeout', retryable: true })
  expect(peer().ended).toBe(true)
})

test('an error before the session has started is why there is none', async () => {
  const { engine, reports, pass, peer } = liveRig()
  engine.handle({ type: 'start', request: 1, instructions: '', tools: [], onLocalSpeech: 'off' })
  await pass(10)
  peer().say({
    type: 'error',
    error: { type: 'invalid_request_error', code: 'unknown_parameter', message: 'No.' },
  })
  await pass(10)
  expect(rejection(reports)).toMatchObject({ code: 'model-error', providerCode: 'unknown_parameter' })
})

test('an error of the service ends nothing', async () => {
  const { start, peer, of, states } = liveRig()
  await start()
  peer().say({
    type: 'error',
    error: { type: 'invalid_request_error', code: 'event_not_allowed', message: 'No.' },
  })
  expect(of('error')).toMatchObject([{ payload: { providerCode: 'event_not_allowed' } }])
  expect(states()).toEqual(['connecting', 'listening'])
})

test('what cannot be read is one error, and what is unknown is none', async () => {
  const { start, peer, of, states } = liveRig()
  await start()
  peer().say({ type: 'session.telepathy.delta' })
  expect(of('error')).toHaveLength(0)
  peer().setup.onMessage('{')
  peer().say({ type: 'session.output_transcript.delta', delta: 'x', start_ms: null, end_ms: 3 })
  peer().say({ type: 'session.delegation.created', delegation: null })
  peer().say({ type: 'response.event', event: null })
  peer().say({ type: 'error', error: null })
  expect(of('error').map(({ payload }) => payload.code)).toEqual(Array(5).fill('message-malformed'))
  expect(states()).toEqual(['connecting', 'listening'])
})

test.each([
  ['close_requested', { code: 'connection-lost', retryable: false }],
  ['content', { code: 'model-error', retryable: false, providerCode: 'content' }],
])('a session that ends for good (%s) ends the conversation', async (reason, error) => {
  const { start, peer, of, pass } = liveRig()
  await start()
  peer().say(closed(reason))
  await pass(10)
  expect(of('lost')).toMatchObject([{ error }])
  expect(peer().ended).toBe(true)
})

test.each(['expired', 'remote_hangup', 'connection_lost'])(
  'a session that ends early (%s) is followed by one that knows what was said',
  async (reason) => {
    const { start, started, peer, peers, of, pass, talk, offers } = liveRig()
    await start()
    await talk('output', 'Hello there.')
    await pass(2000)
    await talk('input', 'What is Rome?')
    peer().say(closed(reason))
    await pass(3000)
    await started()
    expect(peers).toHaveLength(2)
    expect(of('reconnected')).toHaveLength(1)
    expect(offers[1]).toMatchObject({
      previousSessionId: 'live_1',
      session: {
        input: [
          { role: 'assistant', content: [{ type: 'output_text', text: 'Hello there.' }] },
          { role: 'user', content: [{ type: 'input_text', text: 'What is Rome?' }] },
        ],
      },
    })
    expect(await pass(300, 0.5)).toBeCloseTo(0.5)
  },
)

test('a voice that is cut off with its connection is over', async () => {
  const { start, started, peer, pass, talk, states, transcripts } = liveRig()
  await start()
  await talk('output', 'Hello there')
  peer().say(closed('connection_lost'))
  await pass(3000)
  await started()
  await pass(100)
  expect(states().slice(-2)).toEqual(['reconnecting', 'listening'])
  expect(transcripts()).toMatchObject([{ text: 'Hello there', final: true }])
})

test('a sound without words that is cut off with its connection is over too', async () => {
  const { start, started, peer, pass, states } = liveRig()
  await start()
  await pass(300, 0.5)
  expect(states().at(-1)).toBe('speaking')
  peer().say(closed('connection_lost'))
  await pass(3000)
  await started()
  expect(states().at(-1)).toBe('listening')
})

test('what the user asked before the connection was lost is answered after it', async () => {
  const { start, started, engine, peer, pass } = liveRig()
  await start()
  engine.handle({ type: 'sendMessage', request: 2, message: { text: 'And Rome?' } })
  await pass(50)
  peer().say(closed('connection_lost'))
  await pass(3000)
  await started()
  expect(peer().sent).toMatchObject([{ type: 'session.instructions.append', delegation_id: null }])
})

test('work that is done after its connection changes nothing', async () => {
  const { model, start, started, peer, peers, pass, talk, states } = liveRig()
  let finish = (): void => {}
  const over: string[] = []
  model.on('responseDone', ({ responseId }) => over.push(responseId))
  model.on('delegated', ({ done }) => {
    finish = done
  })
  await start()
  peer().say({
    type: 'session.delegation.created',
    delegation: { id: 'dlg_1', target: 'client' },
    offset_ms: 0,
  })
  peer().say(closed('connection_lost'))
  await pass(3000)
  await started()
  await talk('output', 'Here I am')
  finish()
  expect(await pass(500, 0.5)).toBeCloseTo(0.5)
  expect(states().at(-1)).toBe('speaking')
  expect(over).toEqual([])
  expect(peers[0]?.sent).toEqual([])
})

test('the connection is changed before the session expires', async () => {
  const { start, started, peers, pass, of } = liveRig()
  await start({ expires_at: Date.now() / 1000 + 4 })
  await pass(2500)
  await started()
  expect(peers).toHaveLength(2)
  expect(peers[0]?.ended).toBe(true)
  expect(of('reconnected')).toMatchObject([{ payload: { reason: 'expiring' } }])
})

test('another conversation does not go on from the last session', async () => {
  const { start, engine, offers, talk } = liveRig()
  await start()
  await talk('output', 'Hello.')
  engine.handle({ type: 'stop' })
  await start()
  expect(offers[1]?.previousSessionId).toBeUndefined()
  expect(offers[1]?.session.input).toBeUndefined()
})

test('nothing is left when the conversation is ended', async () => {
  const { start, engine, peer, talk, reports, pass, model } = liveRig()
  await start()
  await talk('output', 'Hello')
  const events: unknown[] = []
  model.on('serverEvent', (event) => events.push(event))
  engine.handle({ type: 'stop' })
  expect(peer().ended).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
  const count = reports.length
  peer().say({ type: 'session.output_transcript.delta', delta: ' there', start_ms: 9000, end_ms: 9100 })
  await pass(2000)
  expect(reports).toHaveLength(count)
  expect(events).toEqual([])
  expect(model.send({ type: 'session.input_audio.mute' })).toBe(false)
})

test('messages that vivavoce has no word for pass as they are, both ways', async () => {
  const { model, start, peer } = liveRig()
  const events: string[] = []
  model.on('serverEvent', ({ type }) => events.push(type))
  await start()
  expect(model.send({ type: 'session.input_audio.mute' })).toBe(true)
  expect(peer().sentTypes).toEqual(['session.input_audio.mute'])
  peer().say({ type: 'session.input_audio.muted' })
  expect(events).toEqual(['session.started', 'session.input_audio.muted'])
})
