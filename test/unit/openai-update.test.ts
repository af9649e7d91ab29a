import { expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { OptionError } from '../../src/core/errors.ts'
import { mcpServer, OpenAIRealtime, type OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import { Log, RecordingSession, until } from './openai-server.ts'
import { TableTalk } from './openai-table-talk.ts'

const clock = {
  name: 'clock',
  description: 'Tells the time.',
  parameters: { type: 'object', properties: {} },
}
const other = { instructions: 'You are the clock.', tools: [clock] }

it('another agent speaks with the same voice, and has its own tools', async () => {
  const { model, log, session, connection } = await talk({ voice: 'marin' })
  model.sendMessage({ text: 'Hello' })
  await log.first('responseDone')
  expect(model.update(other)).toBe(true)
  model.sendMessage({ text: 'What does the clock say?' })
  await until(() => session.calls[0])
  expect(session.calls).toMatchObject([{ name: 'clock' }])
  expect(connection.config).toMatchObject({
    instructions: 'You are the clock.',
    tools: [{ type: 'function', name: 'clock' }],
    audio: { output: { voice: 'marin' } },
  })
  const updates = connection.received.filter(({ message }) => message.type === 'session.update')
  expect(updates[1]?.message.session).toEqual({
    type: 'realtime',
    instructions: 'You are the clock.',
    tools: [{ type: 'function', ...clock }],
  })
  await until(() => log.all('responseDone')[2])
  expect(log.all('error')).toEqual([])
  expect(connection.violations).toEqual([])
})

it('tools that run at OpenAI stay', () => {
  const hosted = mcpServer({ label: 'maps', url: 'https://maps.example/mcp' })
  const talk = new TableTalk({ options: { tools: [hosted] } })
  expect(talk.conversation.update(other)).toBe(true)
  expect(talk.wire).toMatchObject([{ session: { tools: [{ name: 'clock' }, { server_label: 'maps' }] } }])
})

it('an agent that is longer than the connection takes is refused, and the old one stays', () => {
  const talk = new TableTalk({ maxMessageBytes: 1000 })
  const long = { instructions: 'x'.repeat(1000), tools: [] }
  expect(() => talk.conversation.update(long)).toThrow(OptionError)
  expect(() => talk.conversation.addMessage('user', 'x'.repeat(1000))).toThrow(OptionError)
  expect(talk.sent).toEqual([])
  talk.conversation.reply({ replyId: 'P', instructions: 'Say hello.' })
  expect(talk.wire[0]?.response).toMatchObject({ instructions: 'Be brief.\n\nSay hello.' })
})

it('nothing is changed where there is no connection', async () => {
  const { model } = await talk()
  model.close()
  expect(model.update(other)).toBe(false)
})

async function talk(options: Partial<OpenAIRealtimeOptions> = {}) {
  vi.stubGlobal('WebSocket', WebSocket)
  const simulator = createOpenAISimulator({ pace: 50 })
  const { url } = await simulator.listen()
  const needed = { auth: () => simulator.mintToken(), model: 'gpt-realtime-2.1', url }
  const model = new OpenAIRealtime({ ...needed, ...options })
  onTestFinished(async () => {
    model.close()
    await simulator.close()
    vi.unstubAllGlobals()
  })
  const session = new RecordingSession()
  const log = new Log(model)
  await model.connect(session)
  return { model, log, session, connection: await simulator.connection() }
}
