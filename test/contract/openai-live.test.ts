import { OpenAI } from 'openai'
import type { MediaSessionConfig } from 'openai/resources/live/live'
import { expect, test, vi } from 'vitest'
import type { ToolDeclaration } from '../../src/agent/tool-call.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import { OpenAILive } from '../../src/providers/openai/live/openai-live.ts'
import type { OpenAILiveOptions } from '../../src/providers/openai/live/options.ts'
import { createLiveSimulator, type LiveSimulatorOptions } from '../simulators/openai-live/index.ts'
import { LivePage } from '../simulators/openai-live/live-page.ts'
import { synthesize } from '../simulators/speech.ts'
import { host, openEngine } from '../support/engine-host.ts'
import { CALL_RETRIES } from '../support/call-retries.ts'
import { GateSpeaker } from '../unit/openai-live-speaker.ts'

const STORY = 'Rome was not built in a day, and it will not be seen in one day either, whatever they say.'
const weather: ToolDeclaration = {
  name: 'weather',
  description: 'Tells the weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

/** A voice takes its time, and so they run side by side. */
const live = { concurrent: true, retry: CALL_RETRIES }

/** A simulator, a server that opens sessions there as an application's does, and a page that talks to it. */
async function talk(
  onTestFinished: (end: () => void | Promise<void>) => void,
  simulated: LiveSimulatorOptions = {},
  { tools = [], ...options }: Partial<OpenAILiveOptions> & { tools?: readonly ToolDeclaration[] } = {},
) {
  const simulator = createLiveSimulator(simulated)
  const { url } = await simulator.listen()
  onTestFinished(async () => simulator.close())
  const model = new OpenAILive({
    model: 'gpt-live-1.1',
    // Where the page works for the voice, it cannot be in a Worker.
    ...(host === 'worker' && { delegation: { type: 'responses', model: 'gpt-5.6-terra' } }),
    // As an application's server does it, with OpenAI's own client.
    negotiate: async (sdp, { session, signal }) => {
      const client = new OpenAI({ apiKey: 'sk-test', baseURL: url.replace(/\/live$/, ''), maxRetries: 0 })
      const wanted = JSON.parse(JSON.stringify(session)) as MediaSessionConfig
      const answer = await client.live.create(
        { session: wanted, transport: { type: 'webrtc', sdp } },
        { signal },
      )
      return { sdp: answer.transport.sdp, sessionId: answer.session.id }
    },
    ...options,
  })
  const page = new LivePage()
  const speaker = new GateSpeaker(48_000)
  let loudest = 0
  page.onVoice = (samples, sampleRate) => {
    if (sampleRate !== 48_000) return
    for (const sample of speaker.render(samples)) loudest = Math.max(loudest, Math.abs(sample))
  }
  const reports: EngineReport[] = []
  const take = (report: EngineReport): void => {
    reports.push(report)
    if (report.type !== 'runTool') return
    const outcome = { ok: true, output: '{"sky":"clear"}' }
    queueMicrotask(() => engine.handle({ type: 'toolFinished', callId: report.call.callId, outcome }))
  }
  const engine = openEngine(model, take, { openPeer: async (setup) => page.openPeer(setup) })
  onTestFinished(async () => {
    await engine.end()
    page.close()
  })
  const states = (): string[] =>
    reports.flatMap((report) => (report.type === 'stateChanged' ? [report.state] : []))
  const heard = (role: string): string[] => {
    const latest = new Map<string, string>()
    for (const report of reports) {
      if (report.type === 'transcript' && report.payload.role === role && report.payload.final) {
        latest.set(report.payload.id, report.payload.heardText)
      }
    }
    return [...latest.values()]
  }
  engine.handle({ type: 'start', request: 1, instructions: 'Be brief.', tools, onLocalSpeech: 'off' })
  engine.handle({ type: 'attachSpeaker', port: speaker.port })
  const until = async (look: () => unknown): Promise<void> =>
    vi.waitFor(() => expect(look()).toBeTruthy(), { timeout: 15_000, interval: 20 })
  await until(() => reports.some(({ type }) => type === 'settled'))
  const connection = reports.some((report) => report.type === 'settled' && report.error)
    ? undefined
    : await simulator.connection()
  const loudestNow = (): number => {
    const was = loudest
    loudest = 0
    return was
  }
  return { simulator, model, engine, page, connection, reports, states, heard, until, loudestNow }
}

test('the user speaks, the voice answers, and both are written down', live, async ({ onTestFinished }) => {
  const { page, states, heard, until, connection, loudestNow } = await talk(onTestFinished, {
    transcribe: () => 'Good morning',
  })
  loudestNow()
  page.speak(await synthesize('Good morning!', { sampleRate: 24_000, voice: 'en-us+f3' }))
  await until(() => heard('agent').length)
  await until(() => states().at(-1) === 'listening')
  expect(heard('user')).toEqual(['Good morning'])
  expect(heard('agent')).toEqual(['I heard you: Good morning.'])
  expect(states().filter((state) => state === 'speaking')).toHaveLength(1)
  expect(loudestNow()).toBeGreaterThan(0.05)
  expect(connection?.violations).toEqual([])
})

test('a typed question is answered aloud', live, async ({ onTestFinished }) => {
  const { engine, heard, until, connection } = await talk(onTestFinished)
  engine.handle({ type: 'sendMessage', request: 2, message: { text: 'What about Rome?' } })
  await until(() => heard('agent').length)
  expect(heard('agent')[0]).toContain('Colosseum')
  expect(connection?.violations).toEqual([])
})

test('an interruption silences the voice, although it goes on', live, async ({ onTestFinished }) => {
  const { engine, connection, states, until, loudestNow, reports } = await talk(onTestFinished)
  await connection?.session.say(STORY)
  await until(() => states().at(-1) === 'speaking')
  await until(() => (connection?.session.said.length ?? 0) > 3)
  engine.handle({ type: 'interrupt' })
  await until(() => reports.some(({ type }) => type === 'interrupted'))
  const said = connection?.session.said.length ?? 0
  loudestNow()
  await until(() => (connection?.session.said.length ?? 0) > said + 3)
  expect(loudestNow()).toBe(0)
  await until(() => !connection?.session.talking)
  expect(states().at(-1)).toBe('listening')
})

test('the model that works for the voice calls the agent’s tools', live, async ({ onTestFinished }) => {
  const { engine, heard, until, connection, reports } = await talk(
    onTestFinished,
    {},
    { delegation: { type: 'responses', model: 'gpt-5.6-terra' }, tools: [weather] },
  )
  engine.handle({ type: 'sendMessage', request: 2, message: { text: 'How is the weather in Oslo?' } })
  await until(() => heard('agent').join(' ').includes('clear'))
  expect(reports.filter(({ type }) => type === 'runTool')).toHaveLength(1)
  expect(reports.find(({ type }) => type === 'runTool')).toMatchObject({
    call: { name: 'weather', arguments: '{"city":"Oslo"}' },
  })
  expect(connection?.received.map(({ type }) => type).slice(-2)).toEqual([
    'response.item.create',
    'response.create',
  ])
  expect(connection?.violations).toEqual([])
})

test('the application works for the voice, on the page', live, async ({ onTestFinished }) => {
  const talking = talk(
    onTestFinished,
    { reply: () => ({ say: 'One moment.', delegate: true }) },
    { delegation: { type: 'client' } },
  )
  if (host === 'worker') {
    await expect(talking).rejects.toMatchObject({ code: 'option-unsupported', option: 'model' })
    return
  }
  const { model, engine, heard, until, connection } = await talking
  model.on('delegated', ({ reply }) => reply('There are three letters.'))
  engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Any mail?' } })
  await until(() => heard('agent').join(' ').includes('three letters'))
  expect(connection?.violations).toEqual([])
})

test(
  'a session that expires is followed by one that knows what was said',
  live,
  async ({ onTestFinished }) => {
    const { simulator, connection, heard, until, reports } = await talk(onTestFinished)
    await connection?.session.say('Hello there.')
    await until(() => heard('agent').length)
    connection?.end('expired')
    await until(() => reports.some(({ type }) => type === 'reconnected'))
    const next = await simulator.connection()
    expect(next.config.input).toEqual([
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello there.' }] },
    ])
    expect(next.id).not.toBe(connection?.id)
  },
)

test(
  'a connection that breaks is made again, and a session that is closed is over',
  live,
  async ({ onTestFinished }) => {
    const { simulator, connection, until, reports, states } = await talk(onTestFinished)
    connection?.drop()
    await until(() => reports.some(({ type }) => type === 'reconnected'))
    const next = await simulator.connection()
    next.end('close_requested')
    await until(() => states().at(-1) === 'idle')
    expect(reports.find(({ type }) => type === 'lost')).toMatchObject({
      error: { code: 'connection-lost', retryable: false },
    })
  },
)
