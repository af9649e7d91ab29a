import { describe, expect, it } from 'vitest'
import type { ToolDeclaration } from '../../src/agent/tool-call.ts'
import { GeminiRealtime } from '../../src/providers/gemini/index.ts'
import type { HistoryItem, ModelEvents } from '../../src/providers/model.ts'
import type { Turn } from '../simulators/gemini/index.ts'
import { startSimulator, weather } from './gemini-rig.ts'
import { RecordingSession, until } from './gemini-session.ts'

const older = ['gemini-3.1-flash-live-preview', 'gemini-2.5-flash-native-audio-preview-12-2025']
const transfer: ToolDeclaration = { name: 'transfer', description: 'To billing.', parameters: {} }
const PNG = 'iVBORw0KGgo='

/** Hands over once, and then says who it is and what it was told. */
function handover({ contents, setup }: Turn) {
  const who = setup.systemInstruction?.parts?.[0]?.text
  const text = contents
    .slice(-4)
    .map(({ parts = [] }) => parts.map((part) => part.text ?? '').join(''))
    .join(' | ')
  return who === 'Be brief.'
    ? { items: [{ type: 'call' as const, name: 'transfer', args: {} }] }
    : { items: [{ type: 'speech' as const, text: `${who}: ${text}` }] }
}

async function talk(model: string, reply: (turn: Turn) => ReturnType<typeof handover> = handover) {
  const { simulator, url } = await startSimulator({ reply })
  const gemini = new GeminiRealtime({ url, model, auth: () => simulator.mintToken() })
  const done: ModelEvents['responseDone'][] = []
  const said = new Map<string, string>()
  gemini.on('responseDone', (event) => done.push(event))
  gemini.on('transcript', ({ id, role, text }) => role === 'agent' && said.set(id, text))
  return { simulator, gemini, done, said: () => [...said.values()].join(' ') }
}

describe('another agent', () => {
  it('takes over on the same connection, where the model can', async () => {
    const { simulator, gemini, said, done } = await talk('gemini-3.8-live')
    const agent = { instructions: 'You are billing.', tools: [weather] }
    expect(gemini.update(agent)).toBe(false)
    const runTool = async () => {
      expect(gemini.update(agent)).toBe(true)
      return { output: 'done', ok: true }
    }
    await gemini.connect(new RecordingSession({ tools: [transfer], runTool }))
    gemini.sendMessage({ text: 'My bill, please.' })
    await until(() => said() || undefined)
    await until(() => done.at(-1)?.continues === false || undefined)
    const [connection] = simulator.connections
    expect(simulator.connections).toHaveLength(1)
    expect(said()).toContain('You are billing.')
    expect(connection?.setup?.tools).toMatchObject([{ functionDeclarations: [{ name: 'weather' }] }])
    expect(connection?.violations).toEqual([])
  })

  it.each(older)(
    'takes over on another connection of %s: it knows what was said, and goes on',
    async (model) => {
      const { simulator, gemini, said } = await talk(model)
      const instructions = 'You are billing.'
      expect(gemini.update({ instructions, tools: [] })).toBe(false)
      const history: HistoryItem[] = [{ type: 'message', role: 'user', text: 'My bill, please.' }]
      let finish = (): void => {}
      const called = new Promise<void>((resolve) => (finish = resolve))
      const first = new RecordingSession({
        tools: [transfer],
        runTool: async (call) => {
          history.push({ type: 'toolCall', call, output: 'Account 7.' })
          finish()
          return new Promise(() => {})
        },
      })
      await gemini.connect(first)
      await simulator.connections[0]?.waitFor(({ body }) => JSON.stringify(body).includes('"resumable":true'))
      gemini.sendMessage({ text: 'My bill, please.' })
      await called
      gemini.close()
      await simulator.connections[0]?.closed
      await gemini.connect(new RecordingSession({ instructions, tools: [weather], history, answerDue: true }))
      const second = simulator.connections[1]
      expect(second?.resumed).toBe(true)
      expect(second?.setup).toMatchObject({
        systemInstruction: { parts: [{ text: instructions }] },
        tools: [{ functionDeclarations: [{ name: 'weather' }] }],
      })
      await until(() => said().includes('go on with the conversation') || undefined)
      expect(said()).toContain('My bill, please.')
      expect(said()).toContain('transfer({}) gave: Account 7.')
      expect(second?.violations).toEqual([])
    },
  )

  it.each([...older, 'gemini-3.8-live'])('that may know nothing begins by itself: %s', async (model) => {
    const { simulator, gemini, said } = await talk(model)
    await gemini.connect(new RecordingSession({ instructions: 'You are billing.', answerDue: true }))
    await until(() => said() || undefined)
    const [connection] = simulator.connections
    await connection?.waitFor('turnComplete')
    expect(said()).toContain('You are billing.')
    expect(connection?.conversation).toHaveLength(2)
    expect(connection?.violations).toEqual([])
  })
})

describe('images that a tool gives', () => {
  it.each([...older, 'gemini-3.8-live'])('are seen with its outcome: %s', async (model) => {
    const shown: number[] = []
    const { simulator, gemini, done } = await talk(model, ({ contents, images }) => {
      shown.push(images.length)
      const isAnswered = contents.some(({ parts = [] }) => parts.some((part) => part.functionResponse))
      return isAnswered
        ? { items: [{ type: 'speech', text: 'A picture.' }] }
        : { items: [{ type: 'call', name: 'transfer', args: {} }] }
    })
    const images = [{ mimeType: 'image/png', data: PNG }]
    const runTool = async () => ({ output: '{"shown":1}', ok: true, images })
    await gemini.connect(new RecordingSession({ tools: [transfer], runTool }))
    gemini.sendMessage({ text: 'Show me.' })
    await until(() => done.at(-1)?.continues === false || undefined)
    const [connection] = simulator.connections
    await connection?.waitFor('turnComplete')
    expect(shown).toEqual([0, 1])
    expect(connection?.images).toEqual([PNG])
    expect(connection?.violations).toEqual([])
    const received = connection?.received.flatMap(({ message }) => message.names) ?? []
    const isPart = model.includes('3.')
    expect(received.indexOf('realtimeInput.video')).toBe(isPart ? -1 : received.indexOf('toolResponse') - 2)
  })
})
