import { describe, expect, it } from 'vitest'
import { NovaSonicRealtime } from '../../src/providers/nova-sonic/index.ts'
import type { HistoryItem, ModelEvents } from '../../src/providers/model.ts'
import type { NovaSonicSimulatorOptions, Turn } from '../simulators/nova-sonic/index.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { synthesize } from '../simulators/speech.ts'
import { RecordingSession, until } from './gemini-session.ts'
import { startSimulator } from './nova-client.ts'

const QUESTION = 'What is there to see in Rome'
const START = 'Instruction to you, not said by the user'
const transfer = { name: 'transfer', description: 'To billing.', parameters: { type: 'object' } }

/** Answers with what was asked, as one sentence. */
const echo = ({ text }: Turn) => [{ type: 'message' as const, text: text.replace(/[.!?]\s/g, ', ') }]

/** The model on its own, and all that it has to say. */
async function talk(simulation: NovaSonicSimulatorOptions = {}) {
  const { simulator, url } = await startSimulator({
    pace: 100,
    finals: 'sent',
    reply: echo,
    transcribe: () => QUESTION,
    ...simulation,
  })
  const model = new NovaSonicRealtime({ auth: () => simulator.mintCredentials(), region: 'us-east-1', url })
  const started: ModelEvents['responseStarted'][] = []
  const done: ModelEvents['responseDone'][] = []
  const names: string[] = []
  const transcripts = new Map<string, ModelEvents['transcript']>()
  model.on('responseStarted', (event) => started.push(event))
  model.on('responseDone', (event) => done.push(event))
  model.on('transcript', (event) => transcripts.set(event.id, event))
  for (const name of ['speechStarted', 'speechStopped', 'error', 'closed'] as const) {
    model.on(name, () => names.push(name))
  }
  return {
    model,
    simulator,
    started,
    names,
    connect: async (session = new RecordingSession()) => {
      await model.connect(session)
      return simulator.connection()
    },
    said: (role: string) =>
      [...transcripts.values()].filter((one) => one.role === role && one.text).map(({ text }) => text),
    answered: (count: number) => until(() => done.length >= count || undefined),
    hear: async () => {
      const voice = await synthesize(QUESTION, { sampleRate: 16_000 })
      const pcm = joinPcm([voice, new Int16Array(16_000)])
      for (let at = 0; at < pcm.length; at += 320) model.handleAudioInput(pcm.subarray(at, at + 320))
    },
  }
}

describe('an agent that speaks by itself over Nova Sonic', () => {
  it.each([false, true])(
    'is told what about, as the words of nobody, also if they are sent back: %s',
    async (echoesTyped) => {
      const { model, connect, answered, started, names, said } = await talk({ echoesTyped })
      const connection = await connect()
      expect(model.capabilities.reply).toBe(true)
      model.reply({ replyId: 'r1', instructions: 'greet the user' })
      await answered(1)
      expect(started).toEqual([{ responseId: started[0]?.responseId, replyId: 'r1' }])
      expect(connection.conversation[0]).toMatchObject({ role: 'USER' })
      expect(said('agent').join()).toContain(START)
      expect(said('agent').join()).toContain('greet the user')
      expect(said('user')).toEqual([])
      expect(names).toEqual([])
      expect(connection.violations).toEqual([])
    },
  )

  it('is told what to say, word for word', async () => {
    const { model, connect, answered } = await talk()
    const { conversation } = await connect()
    model.reply({ replyId: 'r1', text: 'Welcome to “Rome”!' })
    await answered(1)
    const [asked] = conversation as readonly { readonly text?: string }[]
    expect(asked?.text).toMatch(/^\[.*word for word.*no tool\] Welcome to “Rome”!$/)
  })

  it('says which answer is to what', async () => {
    const { model, connect, answered, started } = await talk()
    await connect()
    model.sendMessage({ text: 'Hello' })
    await answered(1)
    model.reply({ replyId: 'r2', instructions: 'ask for the name' })
    await answered(2)
    model.sendMessage({ text: 'Ann' })
    await answered(3)
    expect(started.map(({ replyId }) => replyId)).toEqual([undefined, 'r2', undefined])
  })

  it('does not, if it is interrupted, or a message comes first', async () => {
    const { model, connect, answered, started, said } = await talk({ thinkingMs: 100 })
    const connection = await connect()
    model.reply({ replyId: 'r1', instructions: 'greet the user' })
    await until(() => connection.conversation[0])
    model.interrupt([])
    model.sendMessage({ text: 'Hello' })
    await answered(1)
    expect(started.map(({ replyId }) => replyId)).toEqual([undefined])
    expect(said('agent')).toEqual(['Hello'])
  })

  it('does not, if the user speaks first', async () => {
    const { model, connect, answered, started, names, said, hear } = await talk({ thinkingMs: 500 })
    const connection = await connect()
    model.reply({ replyId: 'r1', instructions: 'greet the user' })
    await until(() => connection.conversation[0])
    await hear()
    await answered(1)
    expect(started.map(({ replyId }) => replyId)).toEqual([undefined])
    expect(names).toEqual(['speechStarted', 'speechStopped'])
    expect(said('user')).toEqual([QUESTION])
    expect(said('agent')).toEqual([QUESTION])
    expect(connection.violations).toEqual([])
  })

  it('still hears the user, who says the same as an instruction did', async () => {
    const { model, connect, answered, said, hear } = await talk({ echoesTyped: true })
    await connect()
    model.reply({ replyId: 'r1', text: QUESTION })
    await answered(1)
    await hear()
    await answered(2)
    expect(said('user')).toEqual([QUESTION])
  })
})

describe('another agent over Nova Sonic', () => {
  const instructions = 'You are billing'
  const question: HistoryItem = { type: 'message', role: 'user', text: 'My bill, please' }
  const call: HistoryItem = {
    type: 'toolCall',
    call: { callId: 'c', name: 'transfer', arguments: '{}' },
    output: 'Account 7',
  }
  const filler: HistoryItem = { type: 'message', role: 'agent', text: 'One moment' }

  it.each([
    ['a tool', [question, filler, call], /go on with the conversation.*transfer \{\} gave: Account 7/],
    ['a tool that was called without a word', [question, call], /go on.*My bill, please.*Account 7/],
    ['what the agent said', [question, call, filler], /^\[Instruction.*go on with the conversation\]$/],
    ['nothing', [], /^\[Instruction.*go on with the conversation\]$/],
    ['a question', [filler, question], /^My bill, please$/],
  ] as const)('takes over after %s, and goes on', async (_, history, asked) => {
    const { model, connect, answered, said, simulator, started } = await talk({ echoesTyped: true })
    const first = await connect(new RecordingSession({ tools: [transfer] }))
    expect(model.update({ instructions, tools: [] })).toBe(false)
    model.close()
    await first.closed
    const second = await connect(new RecordingSession({ instructions, tools: [], history, answerDue: true }))
    await answered(1)
    expect(second.instructions).toBe(instructions)
    expect(second.prompt?.tools).toEqual([])
    const words = second.conversation.flatMap((item) =>
      item.type === 'message' && item.role === 'USER' ? item.text : [],
    )
    expect(words.at(-1)).toMatch(asked)
    expect(said('user').join()).not.toContain('Instruction')
    expect(started).toHaveLength(1)
    for (const { violations } of simulator.connections) expect(violations).toEqual([])
  })
})
