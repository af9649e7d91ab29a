import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createOpenAISimulator, type OpenAIConnection } from '../simulators/openai/index.ts'
import { synthesize } from '../simulators/speech.ts'
import type { HistoryItem } from '../../src/providers/model.ts'
import { OpenAIRealtime, type OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import { Log, RecordingSession, until } from './openai-server.ts'

describe('with a server that keeps to the protocol', () => {
  it('is talked to turn by turn, as the application says', async () => {
    const { model, log, connection } = await talk({ turnDetection: null })
    const voice = await synthesize('Tell me about Rome', { sampleRate: 24_000, voice: 'en-us+f3' })
    speak(model, voice)
    model.startTurn()
    speak(model, voice)
    model.endTurn()
    expect(await log.first('responseDone')).toMatchObject({ status: 'completed' })
    expect(connection.received.map(({ message }) => message.type).filter(isNoAudio)).toEqual([
      'session.update',
      'input_audio_buffer.clear',
      'input_audio_buffer.commit',
      'response.create',
    ])
    const appended = connection.received.filter(({ message }) => !isNoAudio(message.type))
    expect(appended).toHaveLength(Math.ceil(voice.length / 480))
    expect(log.all('error')).toEqual([])
    expect(connection.violations).toEqual([])
  })

  it('is not bothered with a turn that is too short', async () => {
    const { model, log, connection } = await talk({ turnDetection: null })
    model.startTurn()
    model.handleAudioInput(new Int16Array(480))
    model.endTurn()
    expect(await log.first('responseDone')).toMatchObject({ status: 'cancelled' })
    model.sendMessage({ text: 'Hello' })
    await until(() => log.all('responseDone')[1])
    expect(connection.received.map(({ message }) => message.type)).not.toContain('input_audio_buffer.commit')
    expect(log.all('error')).toEqual([])
    expect(connection.violations).toEqual([])
  })

  it('is told what was said before, and answers what is still to be answered', async () => {
    const history: HistoryItem[] = [
      { type: 'message', role: 'user', text: 'The weather in Rome?' },
      { type: 'toolCall', call: { callId: 'C1', name: 'weather', arguments: '{}' }, output: 'sunny' },
      { type: 'message', role: 'agent', text: 'It is sunny.' },
      { type: 'message', role: 'user', text: 'And in Athens?' },
    ]
    const { log, connection } = await talk({}, { history, answerDue: true })
    expect(await log.first('responseDone')).toMatchObject({ status: 'completed' })
    expect(connection.history.map(({ wire }) => wire.type)).toEqual([
      'message',
      'function_call',
      'function_call_output',
      'message',
      'message',
      'message',
    ])
    expect(log.all('usage')).toMatchObject([{ totalTokens: expect.any(Number) as number }])
    expect(log.all('error')).toEqual([])
    expect(connection.violations).toEqual([])
  })
})

async function talk(
  options: Partial<OpenAIRealtimeOptions>,
  earlier: Partial<RecordingSession> = {},
): Promise<{ model: OpenAIRealtime; log: Log; connection: OpenAIConnection }> {
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
  const log = new Log(model)
  await model.connect(Object.assign(new RecordingSession(), earlier))
  return { model, log, connection: await simulator.connection() }
}

function isNoAudio(type: unknown): boolean {
  return type !== 'input_audio_buffer.append'
}

function speak(model: OpenAIRealtime, voice: Int16Array): void {
  for (let at = 0; at < voice.length; at += 480) model.handleAudioInput(voice.subarray(at, at + 480))
}
