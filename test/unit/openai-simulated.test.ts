import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import {
  createOpenAISimulator,
  type FaultPlan,
  type OpenAISimulatorOptions,
} from '../simulators/openai/index.ts'
import { synthesize } from '../simulators/speech.ts'
import { OpenAIRealtime } from '../../src/providers/openai/index.ts'
import { Log, RecordingSession, until } from './openai-server.ts'

const STORY = 'Rome was not built in a day, and it will not be seen in one day either, whatever they say.'
const story = (): { items: [{ type: 'message'; text: string }] } => ({
  items: [{ type: 'message', text: STORY }],
})

describe('with a server that keeps to the protocol', () => {
  it('answers a voice with a voice, and tells both texts', async () => {
    const { model, session, log, connection } = await talk({ pace: 50, reply: story })
    speak(model, await synthesize('Tell me about Rome', { sampleRate: 24_000, voice: 'en-us+f3' }))
    const { responseId } = await log.first('responseDone')
    expect(log.entries.map(({ name }) => name).filter((name) => name !== 'transcript')).toEqual([
      'speechStarted',
      'speechStopped',
      'responseStarted',
      'usage',
      'responseDone',
    ])
    expect(responseId).not.toBe('')
    await until(() => log.all('transcript').find(({ role, final }) => role === 'user' && final))
    expect(log.all('transcript').find(({ role, final }) => role === 'agent' && final)?.text).toBe(STORY)
    const [itemId = ''] = session.written.keys()
    expect(session.ended).toEqual([itemId])
    const sent = connection.sent.filter(({ message }) => message.type === 'response.output_audio.delta')
    const bytes = Buffer.concat(sent.map(({ message }) => Buffer.from(String(message.delta), 'base64')))
    expect(session.written.get(itemId)).toHaveLength(bytes.length / 2)
    expect(connection.violations).toEqual([])
  })

  it('is interrupted by a voice, and the history holds what was heard', async () => {
    const { model, session, log, connection } = await talk({ pace: 2, lateDeltas: 3, reply: story })
    model.sendMessage({ text: 'Tell me about Rome' })
    await until(() => [...session.written.values()].find(({ length }) => length > 24_000))
    model.on('speechStarted', () => {
      const [[itemId, samples] = ['', []]] = session.written
      model.interrupt([{ itemId, heardMs: 700.5, receivedMs: samples.length / 24 }])
    })
    speak(model, await synthesize('Wait!', { sampleRate: 24_000, voice: 'en-us+f3' }))
    expect(await log.first('responseDone')).toMatchObject({ status: 'cancelled' })
    await connection.waitFor('conversation.item.truncated')
    const truncations = connection.received.filter(
      ({ message }) => message.type === 'conversation.item.truncate',
    )
    expect(truncations.map(({ message }) => message.audio_end_ms)).toEqual([700])
    expect(connection.received.map(({ message }) => message.type)).not.toContain('response.cancel')
    expect(log.all('error')).toEqual([])
    expect(connection.violations).toEqual([])
  })

  it('is interrupted before anything was heard, and the history does not hold it', async () => {
    const { model, session, log, connection } = await talk({ pace: 2, reply: story })
    model.sendMessage({ text: 'Tell me about Rome' })
    const [itemId] = await until(() => [...session.written].find(([, { length }]) => length > 0))
    model.interrupt([{ itemId, heardMs: 0, receivedMs: 100 }])
    await connection.waitFor('conversation.item.deleted')
    expect(log.all('responseDone')).toMatchObject([{ status: 'cancelled' }])
    model.sendMessage({ text: 'Once more' })
    await until(() => log.all('responseStarted')[1])
    expect(connection.history.map(({ wire }) => wire.id)).not.toContain(itemId)
    expect(log.all('error')).toEqual([])
    expect(connection.violations).toEqual([])
  })

  it('calls tools and goes on with what they gave', async () => {
    const call = { type: 'function_call' as const, name: 'weather', arguments: '{"city":"Rome"}' }
    const { model, session, log, connection } = await talk({
      pace: 50,
      reply: ({ items }) =>
        items.some(({ wire }) => wire.type === 'function_call_output')
          ? { items: [{ type: 'message', text: 'Sunny.' }] }
          : { items: [{ type: 'message', text: 'One moment.' }, call, call] },
    })
    model.sendMessage({ text: 'The weather in Rome?' })
    await until(() => log.all('responseDone')[1])
    expect(session.calls.map(({ arguments: args }) => args)).toEqual([call.arguments, call.arguments])
    expect(log.all('responseDone').map(({ continues }) => continues)).toEqual([true, false])
    expect(connection.received.map(({ message }) => message.type)).toEqual([
      'session.update',
      'conversation.item.create',
      'response.create',
      'conversation.item.create',
      'conversation.item.create',
      'response.create',
    ])
    expect(connection.violations).toEqual([])
  })

  it('is not disturbed by a server that says everything twice', async () => {
    const { model, session, log, connection } = await talk({ pace: 50, reply: story }, { duplicate: '*' })
    model.sendMessage({ text: 'Tell me about Rome' })
    await log.first('responseDone')
    const deltas = connection.sent.filter(({ message }) => message.type === 'response.output_audio.delta')
    const bytes = deltas.reduce(
      (sum, { message }) => sum + Buffer.from(String(message.delta), 'base64').length,
      0,
    )
    expect([...session.written.values()][0]).toHaveLength(bytes / 4)
    expect(log.all('responseDone')).toHaveLength(1)
    expect(log.all('transcript').find(({ role, final }) => role === 'agent' && final)?.text).toBe(STORY)
    expect(connection.violations).toEqual([])
  })
})

async function talk(options: OpenAISimulatorOptions, plan: FaultPlan = {}) {
  vi.stubGlobal('WebSocket', WebSocket)
  const simulator = createOpenAISimulator(options)
  const { url } = await simulator.listen()
  simulator.nextConnection(plan)
  const model = new OpenAIRealtime({ auth: () => simulator.mintToken(), model: 'gpt-realtime-2.1', url })
  onTestFinished(async () => {
    model.close()
    await simulator.close()
    vi.unstubAllGlobals()
  })
  const session = new RecordingSession()
  const log = new Log(model)
  await model.connect(session)
  return { model, session, log, connection: await simulator.connection() }
}

/** Says something, and is silent for a second after it. */
function speak(model: OpenAIRealtime, voice: Int16Array): void {
  for (let at = 0; at < voice.length; at += 480) model.handleAudioInput(voice.subarray(at, at + 480))
  for (let i = 0; i < 50; i++) model.handleAudioInput(new Int16Array(480))
}
