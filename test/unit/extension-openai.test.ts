import { expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { EngineReport } from '../../src/engine/messages.ts'
import { confirmInterruptions } from '../../src/extensions/confirm-interruptions.ts'
import { outputGuard } from '../../src/extensions/output-guard.ts'
import { OpenAIRealtime } from '../../src/providers/openai/index.ts'
import { createOpenAISimulator, type OpenAISimulatorOptions } from '../simulators/openai/index.ts'
import { openEngine } from '../support/engine-host.ts'
import { VirtualSpeaker } from '../support/virtual-audio.ts'
import { until } from './openai-server.ts'
import { noSecrets, RATE } from './extension-rig.ts'

it('OpenAI goes on after a backchannel that it forgets, and stops at a word', async () => {
  const words = ['Mm-hm.', 'Stop it.']
  const text = 'Rome was not built in a day, and neither was the rest of it, as you may well know.'
  const { say, play, of, connection } = await talk({
    transcribe: () => words.shift() ?? '',
    reply: () => ({ items: [{ type: 'message', text }] }),
  })
  await say('Tell me about Rome')
  await until(() => of('transcript').find(({ payload }) => payload.text === text))
  await play(300)
  connection.startSpeech()
  connection.stopSpeech()
  const dismissed = await until(() => of('interruptionDismissed')[0])
  expect(dismissed.payload.text).toBe('Mm-hm.')
  await connection.waitFor('conversation.item.deleted')
  expect(connection.conversation.map(({ role }) => role)).toEqual(['user', 'assistant'])
  expect(of('speechStarted')).toEqual([])

  await play(200)
  connection.startSpeech()
  connection.stopSpeech()
  await until(() => of('interrupted')[0])
  await connection.waitFor('conversation.item.truncated')
  await until(() => connection.conversation[3])
  expect(connection.conversation.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
  expect(connection.conversation[1]?.truncatedAtMs).toBeGreaterThan(0)
  expect(of('transcript').filter(({ payload }) => payload.text === 'Mm-hm.')).toEqual([])
  expect(of('error')).toEqual([])
  expect(connection.violations).toEqual([])
})

it('OpenAI remembers no more of an answer than the guard let through, and says something else', async () => {
  const texts = ['The password that you have been looking for is of course secret as ever', 'Never mind.']
  const { say, play, of, connection } = await talk({
    reply: () => ({ items: [{ type: 'message', text: texts.shift() ?? '' }] }),
  })
  await say('What is the password?')
  const { payload } = await until(() => of('guarded')[0])
  expect(payload.reason).toBe('a secret')
  await until(() => connection.conversation[2])
  await until(() => of('transcript').find((report) => report.payload.text === 'Never mind.'))
  const [, guarded] = connection.conversation
  expect(guarded?.truncatedAtMs ?? 0).toBeLessThanOrEqual((48 / 25) * 1000 - 250)
  expect(of('transcript').filter((report) => report.payload.text.includes('secret'))).toEqual([])
  await play(4000)
  expect(of('stateChanged').at(-1)?.state).toBe('listening')
  expect(of('error')).toEqual([])
  expect(connection.violations).toEqual([])
})

/** A conversation with the simulated service, with both extensions, and a speaker that plays on demand. */
async function talk(options: OpenAISimulatorOptions) {
  vi.stubGlobal('WebSocket', WebSocket)
  const simulator = createOpenAISimulator({ pace: 4, ...options })
  const { url } = await simulator.listen()
  const auth = () => simulator.mintToken()
  const model = new OpenAIRealtime({ auth, model: 'gpt-realtime-2.1', url })
  const reports: EngineReport[] = []
  const engine = openEngine(model, (report) => reports.push(report), {
    extensions: [outputGuard({ check: noSecrets, replacement: 'Never mind.' }), confirmInterruptions()],
  })
  onTestFinished(async () => {
    await engine.end()
    await simulator.close()
    vi.unstubAllGlobals()
  })
  const of = <Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  const speaker = new VirtualSpeaker(RATE, engine.settled)
  engine.handle({ type: 'start', request: 1, instructions: '', tools: [], onLocalSpeech: 'off' })
  engine.handle({ type: 'attachSpeaker', port: speaker.port })
  const connection = await simulator.connection()
  await until(() => of('settled')[0])
  return {
    of,
    connection,
    play: async (ms: number) => speaker.play(ms),
    say: async (text: string) => {
      engine.handle({ type: 'sendMessage', request: 2, message: { text } })
      await until(() => of('transcript').find(({ payload }) => payload.role === 'agent'))
    },
  }
}
