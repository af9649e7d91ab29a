import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConnectionError } from '../../src/core/errors.ts'
import { engineRig } from '../support/engine-rig.ts'
import { settled } from '../support/virtual-audio.ts'

const gone = new ConnectionError('gone', { code: 'connection-lost', retryable: true })
const refused = new ConnectionError('no', { code: 'connection-refused', retryable: true })

describe('A conversation whose connection is lost', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => vi.useRealTimers())

  it('goes on over another, and tells the model what was said and heard', async () => {
    const { model, engine, speaker, of, states, start, answer } = engineRig({ resume: 'replay' })
    await start()
    // The place of what the user said comes before its text.
    model.say('transcript', { id: 'u', role: 'user', text: '', final: false })
    await answer(1000)
    model.say('transcript', { id: 'u', role: 'user', text: 'Count.', final: true })
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    engine.handle({ type: 'interrupt' })
    await speaker.play(10)
    model.say('closed', gone)
    expect(states().at(-1)).toBe('reconnecting')
    await vi.runAllTimersAsync()
    await settled()
    expect(model.log).toEqual(['connect', 'interrupt', 'close', 'connect'])
    expect(model.session?.history).toEqual([
      { type: 'message', role: 'user', text: 'Count.' },
      { type: 'message', role: 'agent', text: expect.stringMatching(/^one two three( four)?$/) },
    ])
    expect(model.session?.answerDue).toBe(false)
    expect(of('reconnected')).toMatchObject([{ payload: { reason: 'lost', error: gone, attempts: 1 } }])
    expect(states().at(-1)).toBe('listening')
    expect(of('lost')).toEqual([])
    expect(model.sessions[0]?.signal.aborted).toBe(true)
  })

  it('asks for the answer that was due', async () => {
    const { model, engine, states, start } = engineRig({ resume: 'replay' })
    await start()
    engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Why?' } })
    await settled()
    model.say('closed', gone)
    await vi.runAllTimersAsync()
    expect(model.session).toMatchObject({
      answerDue: true,
      history: [{ type: 'message', role: 'user', text: 'Why?' }],
    })
    expect(states().at(-1)).toBe('thinking')
  })

  it('does not wait for an answer to a question that nobody knows', async () => {
    const { model, states, start } = engineRig({ resume: 'replay' })
    await start()
    model.say('speechStarted', {})
    model.say('speechStopped', {})
    model.say('closed', gone)
    await vi.runAllTimersAsync()
    expect(model.session?.answerDue).toBe(false)
    expect(states().at(-1)).toBe('listening')
  })

  it('keeps what the user says meanwhile, and what the user types', async () => {
    const { model, engine, microphone, of, start } = engineRig({ resume: 'replay' })
    await start()
    microphone.capture(1)
    await settled()
    model.say('closed', gone)
    for (let i = 2; i <= 5; i++) microphone.capture(i)
    engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Hello?' } })
    await settled()
    expect(model.heard).toEqual([1])
    await vi.runAllTimersAsync()
    await settled()
    microphone.capture(6)
    await settled()
    expect(model.heard).toEqual([1, 2, 3, 4, 5, 6])
    // Once, as a message: it is not in what is replayed too.
    expect(model.session).toMatchObject({ history: [], answerDue: false })
    expect(model.log.at(-1)).toBe('send Hello?')
    expect(of('settled').at(-1)).toEqual({ type: 'settled', request: 2 })
  })

  it('lets what was received be heard, and a tool finish before the model is asked again', async () => {
    const { model, engine, speaker, states, start, answer } = engineRig({ resume: 'replay' })
    await start()
    await answer(500)
    const call = { callId: 'c', name: 'weather', arguments: '{}' }
    const outcome = model.session?.runTool(call)
    model.say('closed', gone)
    await vi.runAllTimersAsync()
    expect(model.log).toEqual(['connect', 'close'])
    engine.handle({ type: 'toolFinished', callId: 'c', outcome: { output: 'sunny', ok: true } })
    await expect(outcome).resolves.toMatchObject({ output: 'sunny' })
    await vi.runAllTimersAsync()
    await settled()
    expect(model.session?.history.at(-1)).toEqual({ type: 'toolCall', call, output: 'sunny' })
    // The voice goes on to its end.
    expect(states().at(-1)).toBe('speaking')
    expect(await speaker.play(500)).toBeGreaterThan(0)
  })

  it('tries for half a minute, then says once that it is over', async () => {
    const { model, of, states, start } = engineRig({ resume: 'replay' })
    await start()
    model.opening = Promise.reject(refused)
    model.opening.catch(() => {})
    const began = performance.now()
    model.say('closed', gone)
    await vi.runAllTimersAsync()
    expect(model.sessions).toHaveLength(9)
    expect(performance.now() - began).toBeGreaterThan(15_000)
    expect(performance.now() - began).toBeLessThan(45_000)
    expect(of('lost')).toEqual([{ type: 'lost', error: refused }])
    expect(states().at(-1)).toBe('idle')
    expect(model.log.filter((entry) => entry === 'close')).toHaveLength(9)
  })

  it('does not try where trying cannot help', async () => {
    const { model, of, start } = engineRig({ resume: 'replay' })
    await start()
    const error = new ConnectionError('no', { code: 'connection-refused' })
    model.say('closed', error)
    expect(of('lost')).toEqual([{ type: 'lost', error }])
  })

  it('is over at once when it is stopped meanwhile', async () => {
    const { model, engine, of, states, start } = engineRig({ resume: 'replay' })
    await start()
    model.say('closed', gone)
    engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Hello?' } })
    await settled()
    engine.handle({ type: 'stop' })
    await vi.runAllTimersAsync()
    expect(states().at(-1)).toBe('idle')
    expect(model.sessions).toHaveLength(1)
    expect(of('settled').at(-1)).toMatchObject({ request: 2, error: { code: 'connection-lost' } })
  })
})

describe('A connection that expires', () => {
  it('is changed between two turns, unnoticed', async () => {
    const { model, speaker, of, states, start, answer } = engineRig({ resume: 'replay' })
    await start()
    await answer(500)
    model.say('expiring', { inMs: 60_000 })
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await settled()
    expect(model.sessions).toHaveLength(1)
    await speaker.play(3000)
    await settled()
    expect(model.log).toEqual(['connect', 'close', 'connect'])
    expect(of('reconnected')).toMatchObject([{ payload: { reason: 'expiring', attempts: 1 } }])
    expect(states()).toEqual(['connecting', 'listening', 'thinking', 'speaking', 'listening'])
  })

  it('is not changed while the user speaks or a tool runs', async () => {
    const { model, engine, start } = engineRig({ resume: 'replay' })
    await start()
    model.say('speechStarted', {})
    model.say('expiring', { inMs: 60_000 })
    void model.session?.runTool({ callId: 'c', name: 'weather', arguments: '{}' })
    model.say('speechStopped', {})
    model.say('responseStarted', { responseId: 'r' })
    model.say('responseDone', { responseId: 'r', status: 'completed', continues: false })
    expect(model.sessions).toHaveLength(1)
    engine.handle({ type: 'toolFinished', callId: 'c', outcome: { output: '', ok: true } })
    engine.handle({ type: 'interrupt' })
    await settled()
    expect(model.sessions).toHaveLength(2)
  })
})

describe('Push-to-talk', () => {
  it('begins and ends the turn by the application’s word', async () => {
    const { model, engine, of, states, start, answer, speaker } = engineRig()
    const log: string[] = []
    model.startTurn = () => void log.push('start')
    model.endTurn = () => void log.push('end')
    await start()
    await answer(300)
    engine.handle({ type: 'startTurn' })
    await speaker.play(10)
    expect(model.interruptions).toHaveLength(1)
    engine.handle({ type: 'endTurn' })
    expect(log).toEqual(['start', 'end'])
    expect(states().at(-1)).toBe('thinking')
    expect(of('speechStarted').at(-1)).toMatchObject({ payload: { by: 'application' } })
    expect(of('speechStopped').at(-1)).toMatchObject({ payload: { by: 'application' } })
  })
})
