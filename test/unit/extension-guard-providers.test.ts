import { describe, expect, it } from 'vitest'
import type { EngineReport } from '../../src/engine/messages.ts'
import { outputGuard } from '../../src/extensions/output-guard.ts'
import { GeminiRealtime } from '../../src/providers/gemini/index.ts'
import type { RealtimeModel } from '../../src/providers/model.ts'
import { NovaSonicRealtime } from '../../src/providers/nova-sonic/index.ts'
import { openEngine } from '../support/engine-host.ts'
import { VirtualSpeaker } from '../support/virtual-audio.ts'
import { noSecrets, RATE } from './extension-rig.ts'
import { startSimulator as startGemini } from './gemini-rig.ts'
import { startSimulator as startNova } from './nova-client.ts'
import { until } from './openai-server.ts'

const texts = {
  fine: 'Nothing in this answer is of interest to anybody at all.',
  bad: 'What you have been looking for all along is of course secret to this very day.',
}

async function gemini(text: string): Promise<RealtimeModel> {
  const reply = () => ({ items: [{ type: 'speech' as const, text }] })
  const { simulator, url } = await startGemini({ reply })
  return new GeminiRealtime({ auth: () => simulator.mintToken(), model: 'gemini-3.8-live', url })
}

async function nova(text: string): Promise<RealtimeModel> {
  const reply = () => [{ type: 'message' as const, text }]
  const { simulator, url } = await startNova({ pace: 40, reply })
  return new NovaSonicRealtime({ auth: () => simulator.mintCredentials(), region: 'us-east-1', url })
}

/** Asks something, and plays what is let through. */
async function ask(model: RealtimeModel, sign: 'guarded' | 'settled') {
  const reports: EngineReport[] = []
  const engine = openEngine(model, (report) => reports.push(report), {
    extensions: [outputGuard({ check: noSecrets, settleMs: 200 })],
  })
  const of = <Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  const speaker = new VirtualSpeaker(model.capabilities.outputRate ?? RATE, engine.settled)
  engine.handle({ type: 'start', request: 1, instructions: 'Be a guide.', tools: [], onLocalSpeech: 'off' })
  engine.handle({ type: 'attachSpeaker', port: speaker.port })
  await until(() => of('settled')[0])
  engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Tell me.' } })
  await until(() => of(sign).length > 0 || undefined)
  await until(() => of('transcript').find(({ payload }) => payload.role === 'agent'))
  for (let i = 0; i < 200 && of('stateChanged').at(-1)?.state !== 'listening'; i++) {
    await speaker.play(50)
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  }
  await engine.end()
  const said = of('transcript').filter(({ payload }) => payload.role === 'agent')
  return { of, said: said.map(({ payload }) => payload) }
}

describe.each([
  { name: 'Gemini', open: gemini },
  { name: 'Nova Sonic', open: nova },
])('a guard before $name', ({ open }) => {
  it('lets an answer through', async () => {
    const { of, said } = await ask(await open(texts.fine), 'settled')
    expect(said.at(-1)).toMatchObject({
      text: texts.fine,
      heardText: texts.fine,
      final: true,
      received: true,
    })
    expect(said.at(-1)?.receivedMs).toBeGreaterThan(2000)
    expect(of('guarded')).toEqual([])
    expect(of('error')).toEqual([])
  })

  it('lets no secret through', async () => {
    const { of, said } = await ask(await open(texts.bad), 'guarded')
    expect(of('guarded')).toHaveLength(1)
    expect(of('guarded')[0]?.payload.reason).toBe('a secret')
    expect(said.filter(({ text }) => text.includes('secret'))).toEqual([])
    const letters = texts.bad.slice(0, texts.bad.indexOf('secret')).replaceAll(' ', '').length
    expect(said.at(-1)?.receivedMs ?? 0).toBeLessThanOrEqual((letters / 25) * 1000 - 250)
    expect(of('error')).toEqual([])
  })
})
