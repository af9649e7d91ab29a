import { describe, expect, it } from 'vitest'
import { GeminiRealtime, type GeminiRealtimeOptions } from '../../src/providers/gemini/index.ts'
import type { ModelEvents } from '../../src/providers/model.ts'
import type { FaultPlan, GeminiSimulatorOptions, Turn } from '../simulators/gemini/index.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { speak } from '../simulators/speech.ts'
import { hiss, startSimulator } from './gemini-rig.ts'
import { RecordingSession, until } from './gemini-session.ts'

const models = [
  'gemini-3.8-live',
  'gemini-3.1-flash-live-preview',
  'gemini-2.5-flash-native-audio-preview-12-2025',
]
const START = 'Instruction to you, not said by the user'

/** Answers with the last thing that was said. */
const echo = ({ contents }: Turn) => ({
  items: [{ type: 'speech' as const, text: contents.at(-1)?.parts?.[0]?.text ?? '' }],
})

/** The model, connected, and all that it has to say. */
async function talk(
  simulation: GeminiSimulatorOptions = {},
  options: Partial<GeminiRealtimeOptions> = {},
  plan: FaultPlan = {},
) {
  const { simulator, url } = await startSimulator({ reply: echo, ...simulation })
  simulator.nextConnection(plan)
  const model = new GeminiRealtime({
    url,
    model: 'gemini-3.8-live',
    auth: () => simulator.mintToken(),
    ...options,
  })
  const session = new RecordingSession()
  const started: ModelEvents['responseStarted'][] = []
  const done: ModelEvents['responseDone'][] = []
  const transcripts = new Map<string, ModelEvents['transcript']>()
  const names: string[] = []
  model.on('responseStarted', (event) => started.push(event))
  model.on('responseDone', (event) => done.push(event))
  model.on('transcript', (event) => transcripts.set(event.id, event))
  for (const name of ['speechStarted', 'speechStopped', 'error'] as const) {
    model.on(name, () => names.push(name))
  }
  await model.connect(session)
  const connection = await simulator.connection()
  return {
    model,
    session,
    connection,
    started,
    done,
    names,
    said: (role: string) =>
      [...transcripts.values()].filter((one) => one.role === role && one.text).map(({ text }) => text),
    hear: (pcm: Int16Array) => {
      for (let at = 0; at < pcm.length; at += 320) model.handleAudioInput(pcm.subarray(at, at + 320))
    },
    answered: (count: number) => until(() => done.length >= count || undefined),
    sent: (name: string) =>
      connection.received
        .filter(({ message }) => message.names.includes(name))
        .map((one) => one.message.body),
  }
}

/** A question, and the pause after it. */
async function question(): Promise<Int16Array> {
  const { pcm } = await speak('What is there to see in Rome?', { sampleRate: 16_000, voice: 'en-us+f3' })
  return joinPcm([hiss(400), pcm, hiss(1500)])
}

describe('an agent that speaks by itself', () => {
  it.each(models)('is told what about, as the words of nobody: %s', async (model) => {
    const { model: gemini, started, said, answered, connection, names } = await talk({}, { model })
    expect(gemini.capabilities.reply).toBe(true)
    gemini.reply({ replyId: 'r1', instructions: 'greet the user' })
    await answered(1)
    expect(started).toEqual([{ responseId: started[0]?.responseId, replyId: 'r1' }])
    expect(connection.conversation[0]).toMatchObject({ role: 'user' })
    expect(connection.conversation[0]?.parts?.[0]?.text).toContain(START)
    expect(said('agent').join()).toContain('greet the user')
    expect(said('user')).toEqual([])
    expect(names).toEqual([])
    expect(connection.violations).toEqual([])
  })

  it.each(models)('is told what to say, word for word: %s', async (model) => {
    const { model: gemini, answered, connection } = await talk({}, { model })
    gemini.reply({ replyId: 'r1', text: 'Welcome to “Rome”!' })
    await answered(1)
    const text = connection.conversation[0]?.parts?.[0]?.text
    expect(text).toMatch(/^\[.*word for word.*no tool\] Welcome to “Rome”!$/)
  })

  it('speaks again before the service thinks that the first was heard, and nobody interrupts', async () => {
    const { model, started, answered, connection, names, session } = await talk({ playback: 1 })
    model.reply({ replyId: 'r1', instructions: 'greet the user' })
    await answered(1)
    model.reply({ replyId: 'r2', instructions: 'ask for the name' })
    await answered(2)
    expect(started.map(({ replyId }) => replyId)).toEqual(['r1', 'r2'])
    expect(session.written.size).toBe(2)
    expect(connection.sent.some(({ message }) => message.names.includes('interrupted'))).toBe(true)
    expect(names).toEqual([])
  })

  it('does not, if a message of the user’s comes first: that is answered', async () => {
    const { model, started, answered, said, session } = await talk({ thinkingMs: 100 })
    model.reply({ replyId: 'r1', instructions: 'greet the user' })
    model.interrupt([])
    model.sendMessage({ text: 'Hello' })
    await answered(1)
    expect(started).toEqual([{ responseId: started[0]?.responseId }])
    expect(said('agent')).toEqual(['Hello'])
    expect(session.written.size).toBe(1)
  })

  it('does not, if it is interrupted first', async () => {
    const { model, started, connection, session, answered } = await talk({ thinkingMs: 100 })
    model.reply({ replyId: 'r1', instructions: 'greet the user' })
    await connection.waitFor('clientContent', { direction: 'received' })
    model.interrupt([])
    await until(() => connection.received.length > 2 || undefined)
    model.sendMessage({ text: 'Hello' })
    await answered(1)
    expect(started.map(({ replyId }) => replyId)).toEqual([undefined])
    expect(session.written.size).toBe(1)
  })

  it('does not, if it is interrupted before the service thinks that the last answer was heard', async () => {
    const { model, started, connection, session, answered } = await talk({ playback: 1, thinkingMs: 100 })
    model.sendMessage({ text: 'Hello' })
    await answered(1)
    model.reply({ replyId: 'r1', instructions: 'greet the user' })
    await connection.waitFor('interrupted')
    model.interrupt([])
    await until(() => connection.received.length > 3 || undefined)
    model.sendMessage({ text: 'And?' })
    await answered(2)
    expect(started.map(({ replyId }) => replyId)).toEqual([undefined, undefined])
    expect(session.written.size).toBe(2)
  })

  it('does not, if the user speaks first', async () => {
    const pcm = await question()
    const { model, started, hear, names, answered, said } = await talk({
      thinkingMs: 400,
      transcribe: () => 'What is there to see?',
    })
    model.reply({ replyId: 'r1', instructions: 'greet the user' })
    hear(pcm)
    await answered(1)
    expect(started.map(({ replyId }) => replyId)).toEqual([undefined])
    expect(names).toEqual(['speechStarted', 'speechStopped'])
    expect(said('user')).toEqual(['What is there to see?'])
    expect(said('agent')).toEqual(['What is there to see?'])
  })

  it('may have nothing to say, which is told as well', async () => {
    const { model, started, done, answered, session } = await talk({ reply: () => ({ items: [] }) })
    model.reply({ replyId: 'r1', instructions: 'greet the user, unless you did' })
    await answered(1)
    expect(started).toEqual([{ responseId: done[0]?.responseId, replyId: 'r1' }])
    expect(session.written.size).toBe(0)
  })
})

describe('something that was said by other means', () => {
  it('is known to the model, and is not answered', async () => {
    const { model, started, connection, answered } = await talk()
    expect(model.capabilities.context).toBe(true)
    model.addMessage('agent', 'This call is recorded.')
    model.addMessage('user', '(pressed 1)')
    await until(() => connection.conversation.length === 2 || undefined)
    model.sendMessage({ text: 'Hello' })
    await answered(1)
    expect(connection.conversation).toMatchObject([
      { role: 'model', parts: [{ text: 'This call is recorded.' }] },
      { role: 'user', parts: [{ text: '(pressed 1)' }] },
      { role: 'user', parts: [{ text: 'Hello' }] },
      { role: 'model' },
    ])
    expect(started).toHaveLength(1)
    expect(connection.violations).toEqual([])
  })

  it('does not pass for an interruption of what the service thinks is being heard', async () => {
    const { model, connection, answered, names } = await talk({ playback: 1 })
    model.sendMessage({ text: 'Hello' })
    await answered(1)
    model.addMessage('agent', 'This call is recorded.')
    await connection.waitFor('interrupted')
    model.sendMessage({ text: 'And?' })
    await answered(2)
    expect(names).toEqual([])
  })

  it('cannot be told to 3.1, which takes no content later', async () => {
    const { model } = await talk({}, { model: 'gemini-3.1-flash-live-preview' })
    expect(model.capabilities.context).toBe(false)
  })
})
