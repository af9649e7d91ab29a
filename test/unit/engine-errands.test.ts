import { describe, expect, it, vi } from 'vitest'
import { ModelError } from '../../src/core/errors.ts'
import type { EngineCommand } from '../../src/engine/messages.ts'
import { engineRig } from '../support/engine-rig.ts'
import { settled } from '../support/virtual-audio.ts'

const later = { instructions: 'Be long.', tools: [] }

/** An engine that is connected, and has loaded what it does errands with. */
async function rig() {
  const all = engineRig({ resume: 'replay' })
  const { engine, reports, start } = all
  await start()
  const recalled = async (request: number): Promise<unknown> => {
    await vi.waitFor(() => expect(settledRequests()).toContain(request))
    return reports.find((report) => report.type === 'settled' && report.request === request)
  }
  const settledRequests = (): number[] =>
    reports.flatMap((report) => (report.type === 'settled' ? [report.request] : []))
  const run = async (...commands: EngineCommand[]): Promise<void> => {
    for (const command of commands) engine.handle(command)
    await settled()
  }
  engine.handle({ type: 'recall', request: 99 })
  await recalled(99)
  return { ...all, run, recalled, settledRequests }
}

const reply = (request: number, text: string): EngineCommand => ({
  type: 'reply',
  request,
  reply: { replyId: text, text },
})
const clip = (request: number, ms: number): EngineCommand => ({
  type: 'play',
  request,
  itemId: 'clip',
  pcm: new Int16Array(24 * ms).fill(8000),
  text: 'one two three four five six seven eight',
})

describe('What the agent is to say', () => {
  it('is asked for at once while nobody speaks', async () => {
    const { model, run, states, settledRequests } = await rig()
    await run(reply(2, 'Hello.'))
    expect(model.log.at(-1)).toBe('reply Hello.')
    expect(states().at(-1)).toBe('thinking')
    expect(settledRequests()).toContain(2)
  })

  it('waits for an answer that is under way, and comes one after the other', async () => {
    const { model, run, speaker, answer, settledRequests } = await rig()
    await answer(500)
    await run(reply(2, 'First.'), reply(3, 'Second.'))
    expect(settledRequests()).not.toContain(2)
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await speaker.play(2000)
    expect(model.log.at(-1)).toBe('reply First.')
    model.say('responseStarted', { responseId: 'r2', replyId: 'First.' })
    model.say('responseDone', { responseId: 'r2', status: 'completed', continues: false })
    await settled()
    expect(model.log.at(-1)).toBe('reply Second.')
  })

  it('waits while the user speaks, and until the user was answered', async () => {
    const { model, run } = await rig()
    model.say('speechStarted', {})
    await run(reply(2, 'Hello.'))
    expect(model.log).toEqual(['connect'])
    model.say('speechStopped', {})
    model.say('responseStarted', { responseId: 'r1' })
    await settled()
    expect(model.log).toEqual(['connect'])
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await settled()
    expect(model.log.at(-1)).toBe('reply Hello.')
  })

  it('is told of when it begins', async () => {
    const { model, of } = await rig()
    model.say('responseStarted', { responseId: 'r1', replyId: 'it' })
    expect(of('replyStarted')).toEqual([{ type: 'replyStarted', payload: { replyId: 'it' } }])
  })

  it('can be taken back before', async () => {
    const { model, run } = await rig()
    model.say('speechStarted', {})
    await run(reply(2, 'Hello.'), { type: 'withdraw', replyId: 'Hello.' })
    model.say('speechStopped', {})
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await run({ type: 'interrupt' })
    expect(model.log.some((entry) => entry.startsWith('reply'))).toBe(false)
  })

  it('is settled with an error if the model refuses it, and the conversation goes on', async () => {
    const { model, run, reports, states } = await rig()
    const refusal = new ModelError('no', { code: 'model-error' })
    vi.spyOn(model, 'reply').mockImplementation(() => {
      throw refusal
    })
    await run(reply(2, 'Hello.'))
    expect(reports).toContainEqual(expect.objectContaining({ type: 'settled', request: 2, error: refusal }))
    expect(states().at(-1)).toBe('listening')
  })

  it('is forgotten when the conversation ends', async () => {
    const { model, run, start } = await rig()
    model.say('speechStarted', {})
    await run(reply(2, 'Hello.'), { type: 'stop' })
    await start()
    await run({ type: 'interrupt' })
    expect(model.log.some((entry) => entry.startsWith('reply'))).toBe(false)
  })
})

describe('A recording', () => {
  it('is heard, written, and told to the model when it was heard', async () => {
    const { model, run, speaker, of, states } = await rig()
    await run(clip(2, 1000))
    expect(await speaker.play(500)).toBeGreaterThan(0.2)
    expect(states().at(-1)).toBe('speaking')
    expect(model.log).toEqual(['connect'])
    await speaker.play(1000)
    expect(states().at(-1)).toBe('listening')
    expect(of('transcript').at(-1)?.payload).toMatchObject({ id: 'clip', role: 'agent', final: true })
    expect(model.log.at(-1)).toBe('add agent: one two three four five six seven eight')
  })

  it('that is interrupted is told as far as it was heard', async () => {
    const { model, run, speaker, of } = await rig()
    await run(clip(2, 1000))
    await speaker.play(550)
    model.say('speechStarted', {})
    expect(await speaker.play(200)).toBeLessThan(0.3)
    expect(of('interrupted')).toMatchObject([{ payload: { itemId: 'clip' } }])
    const { heardText } = of('transcript').at(-1)?.payload ?? {}
    expect(heardText).toMatch(/^one two/)
    expect(heardText).not.toContain('eight')
    model.say('speechStopped', {})
    model.say('responseStarted', { responseId: 'r1' })
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await settled()
    expect(model.log.at(-1)).toBe(`add agent: ${heardText}`)
  })
})

describe('The microphone', () => {
  it('is kept from the model while it is held, and heard afterwards', async () => {
    const { model, run, microphone } = await rig()
    await run({ type: 'holdMicrophone', on: true })
    for (const value of [1, 2, 3]) microphone.capture(value)
    await settled()
    expect(model.heard).toEqual([])
    await run({ type: 'holdMicrophone', on: false })
    microphone.capture(4)
    await settled()
    expect(model.heard).toEqual([1, 2, 3, 4])
  })
})

describe('Another agent', () => {
  it('has the conversation at once if the model can change', async () => {
    const { model, run } = await rig()
    model.updates = true
    await run({ type: 'updateAgent', request: 2, agent: later })
    expect(model.log).toEqual(['connect', 'update Be long.'])
  })

  it('has another connection if it cannot, when nobody speaks', async () => {
    const { model, run, states } = await rig()
    model.say('speechStarted', {})
    await run({ type: 'updateAgent', request: 2, agent: later })
    expect(model.log).toEqual(['connect'])
    model.say('speechStopped', {})
    model.say('responseStarted', { responseId: 'r1' })
    model.say('transcript', { id: 'u', role: 'user', text: 'Hi.', final: true })
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await settled()
    expect(model.log).toEqual(['connect', 'close', 'connect'])
    expect(model.session).toMatchObject({
      instructions: 'Be long.',
      answerDue: false,
      history: [{ text: 'Hi.' }],
    })
    expect(states()).not.toContain('reconnecting')
  })

  it('to which a tool hands over answers on the other connection', async () => {
    const { model, run } = await rig()
    model.say('speechStopped', {})
    model.say('responseStarted', { responseId: 'r1' })
    const outcome = model.session?.runTool({ callId: 'c', name: 'transfer', arguments: '{}' })
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: true })
    await run({ type: 'updateAgent', request: 2, agent: later })
    expect(model.log).toEqual(['connect'])
    await run({ type: 'toolFinished', callId: 'c', outcome: { output: 'done', ok: true } })
    expect(await outcome).toMatchObject({ output: 'done' })
    expect(model.log).toEqual(['connect', 'close', 'connect'])
    expect(model.session).toMatchObject({ instructions: 'Be long.', answerDue: true })
    expect(model.session?.history.at(-1)).toMatchObject({ type: 'toolCall', output: 'done' })
  })

  it('knows only what it is given', async () => {
    const { model, run } = await rig()
    model.updates = true
    const history = [{ type: 'message', role: 'user', text: 'Only this.' }] as const
    await run({ type: 'updateAgent', request: 2, agent: later, history })
    expect(model.session).toMatchObject({ instructions: 'Be long.', history })
  })
})

describe('What was said', () => {
  it('is recalled at once, or when nobody speaks', async () => {
    const { model, run, recalled, settledRequests } = await rig()
    model.say('transcript', { id: 'u', role: 'user', text: 'Hi.', final: true })
    model.say('speechStarted', {})
    await run({ type: 'recall', request: 2 }, { type: 'recall', request: 3, whenQuiet: true })
    const value = [{ type: 'message', role: 'user', text: 'Hi.' }]
    expect(await recalled(2)).toMatchObject({ value })
    expect(settledRequests()).not.toContain(3)
    model.say('speechStopped', {})
    model.say('responseStarted', { responseId: 'r1' })
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    expect(await recalled(3)).toMatchObject({ value })
  })

  it('in an earlier conversation is told to the model', async () => {
    const { engine, model } = engineRig({ resume: 'replay' })
    const history = [{ type: 'message', role: 'agent', text: 'As I said.' }] as const
    engine.handle({
      type: 'start',
      request: 1,
      instructions: '',
      tools: [],
      onLocalSpeech: 'off',
      history,
    })
    await settled()
    expect(model.session?.history).toEqual(history)
  })
})

it('Tools are told of an interruption', async () => {
  const { engine, of, answer } = await rig()
  await answer(100)
  engine.handle({ type: 'interrupt' })
  expect(of('interruptTools')).toHaveLength(1)
})
