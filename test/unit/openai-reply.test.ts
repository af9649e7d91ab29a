import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createOpenAISimulator, type OpenAISimulatorOptions } from '../simulators/openai/index.ts'
import { OpenAIRealtime, type OpenAIRealtimeOptions, xai } from '../../src/providers/openai/index.ts'
import {
  answer,
  audio,
  created,
  done,
  failure,
  heardOf,
  rest,
  speechStarted,
  speechStopped,
} from './openai-events.ts'
import { Log, RecordingSession, until } from './openai-server.ts'
import { frames, metadataOf, TableTalk } from './openai-table-talk.ts'

const GREETING = 'Welcome. What is the weather to be like?'

describe('with a server that keeps to the protocol', () => {
  it('the agent says what it is told to, word for word, and calls no tool', async () => {
    const { model, log, session, connection } = await talk()
    model.reply({ replyId: 'P1', text: GREETING })
    expect(await log.first('responseDone')).toMatchObject({ status: 'completed', continues: false })
    expect(log.all('responseStarted')).toMatchObject([{ replyId: 'P1' }])
    expect(log.all('transcript').at(-1)).toMatchObject({ role: 'agent', text: GREETING, final: true })
    expect(session.calls).toEqual([])
    expect(connection.received.at(-1)?.message).toMatchObject({
      type: 'response.create',
      response: { instructions: expect.stringMatching(/^Be brief\.\n\n./) as string, tool_choice: 'none' },
    })
    expect(connection.violations).toEqual([])
  })

  it('the agent speaks about what it is told to, as the agent that it is', async () => {
    const { model, log, connection } = await talk({
      reply: ({ instructions }) => ({ items: [{ type: 'message', text: instructions }] }),
    })
    model.reply({ replyId: 'P1', instructions: 'Greet the user.' })
    await log.first('responseDone')
    expect(log.all('transcript').at(-1)?.text).toBe('Be brief.\n\nGreet the user.')
    expect(connection.received.at(-1)?.message.response).not.toHaveProperty('tool_choice')
    expect(connection.violations).toEqual([])
  })

  it('a message and two replies that wait have an answer each', async () => {
    const { model, log, connection } = await talk()
    model.sendMessage({ text: 'Hello' })
    model.reply({ replyId: 'P1', text: 'One.' })
    model.reply({ replyId: 'P2', text: 'Two.' })
    await until(() => log.all('responseDone')[2])
    expect(log.all('responseStarted').map(({ replyId }) => replyId)).toEqual([undefined, 'P1', 'P2'])
    expect(connection.violations).toEqual([])
  })

  it('what was said by other means is known, and not answered', async () => {
    const { model, log, connection } = await talk()
    model.addMessage('agent', 'This call is recorded.')
    model.addMessage('user', 'Fine.')
    await until(() => connection.history[1])
    expect(connection.conversation).toMatchObject([
      { role: 'assistant', text: 'This call is recorded.' },
      { role: 'user', text: 'Fine.' },
    ])
    model.sendMessage({ text: 'Hello' })
    await log.first('responseDone')
    expect(connection.received.filter(({ message }) => message.type === 'response.create')).toHaveLength(1)
    expect(connection.violations).toEqual([])
  })

  it("xAI's agent replies too, and so does the agent that it becomes", async () => {
    const { model, log, connection } = await talk({ dialect: 'xai' }, { dialect: xai(), voice: 'ara' })
    model.reply({ replyId: 'P1', text: GREETING })
    await log.first('responseDone')
    expect(log.all('responseStarted')).toMatchObject([{ replyId: 'P1' }])
    expect(model.update({ instructions: 'Be kind.', tools: [] })).toBe(true)
    model.reply({ replyId: 'P2', text: 'Two.' })
    await until(() => log.all('responseDone')[1])
    expect(log.all('transcript').at(-1)?.text).toBe('Two.')
    expect(connection.config).toMatchObject({ instructions: 'Be kind.', tools: [] })
    expect(connection.violations).toEqual([])
  })
})

describe('a reply', () => {
  const reply = { replyId: 'P1', instructions: 'Say hello.' }

  it('is not lost where OpenAI begins an answer of its own', () => {
    const talk = new TableTalk()
    talk.play(speechStarted, speechStopped)
    talk.conversation.reply(reply)
    talk.play(created('R'), failure('conversation_already_has_active_response', 'create_1'), done('R'))
    expect(talk.types).toEqual(['response.create', 'response.create'])
    talk.play(created('R2', metadataOf(talk)), done('R2'))
    expect(talk.all('responseStarted')).toEqual([{ responseId: 'R' }, { responseId: 'R2', replyId: 'P1' }])
    expect(talk.all('error')).toEqual([])
  })

  it('that fails is over before it began', () => {
    const talk = new TableTalk()
    talk.conversation.reply(reply)
    talk.play(failure('server_error', 'create_1'))
    expect(talk.all('responseStarted')).toEqual([{ responseId: 'create_1', replyId: 'P1' }])
    expect(talk.all('responseDone')).toMatchObject([{ responseId: 'create_1', status: 'failed' }])
  })

  it.each([
    ['speech', (talk: TableTalk) => talk.play(speechStarted)],
    ['the application', (talk: TableTalk) => talk.conversation.interrupt([heardOf('I', 10)])],
  ])('that waits is dropped by %s', (_name, interrupt) => {
    const talk = new TableTalk()
    talk.play(...answer)
    talk.conversation.reply(reply)
    interrupt(talk)
    talk.play(...rest)
    expect(talk.types).not.toContain('response.create')
  })

  it('that is on its way is not wanted after an interruption', () => {
    const talk = new TableTalk()
    talk.conversation.reply(reply)
    talk.conversation.interrupt([])
    talk.play(created('R', metadataOf(talk)), audio(10), done('R', 'cancelled'))
    expect(talk.types).toEqual(['response.create', 'response.cancel', 'conversation.item.delete'])
    expect(talk.told).toEqual([])
  })

  it('is the next answer that OpenAI does not give by itself, where no answer says whose it is', () => {
    const talk = new TableTalk({ traits: { ...frames, metadata: false } })
    talk.play(speechStarted, speechStopped)
    talk.conversation.reply(reply)
    talk.play(created('R'), failure('conversation_already_has_active_response', 'create_1'), done('R'))
    talk.play(created('R2'), done('R2'))
    expect(talk.all('responseStarted')).toEqual([{ responseId: 'R' }, { responseId: 'R2', replyId: 'P1' }])
  })

  it('is made by the agent of the moment when it is asked for', () => {
    const talk = new TableTalk()
    talk.play(...answer)
    talk.conversation.reply(reply)
    talk.conversation.update({ instructions: 'Be kind.', tools: [] })
    talk.play(...rest)
    expect(talk.wire.at(-1)?.response).toMatchObject({ instructions: 'Be kind.\n\nSay hello.' })
  })
})

async function talk(options: OpenAISimulatorOptions = {}, given: Partial<OpenAIRealtimeOptions> = {}) {
  vi.stubGlobal('WebSocket', WebSocket)
  const simulator = createOpenAISimulator({ pace: 50, ...options })
  const { url } = await simulator.listen()
  const needed = { auth: () => simulator.mintToken(), model: 'gpt-realtime-2.1', url }
  const model = new OpenAIRealtime({ ...needed, ...given })
  onTestFinished(async () => {
    model.close()
    await simulator.close()
    vi.unstubAllGlobals()
  })
  expect(model.capabilities).toMatchObject({ reply: true, context: true })
  const session = new RecordingSession()
  const log = new Log(model)
  await model.connect(session)
  return { model, log, session, connection: await simulator.connection() }
}
