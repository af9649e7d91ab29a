import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator, type OpenAIConnection } from '../simulators/openai/index.ts'
import { violationsOf } from './support/violations.ts'
import { launchChromium } from './support/chromium.ts'
import { ConversationPage, hostBuild, type PageQuery, type SdkHost } from './support/conversation-page.ts'

const simulator = createOpenAISimulator()
let url: string
let httpUrl: string
let host: SdkHost
let browser: Browser
let conversation: ConversationPage

async function open(query: Partial<PageQuery> = {}, from = host): Promise<ConversationPage> {
  conversation = await ConversationPage.open(browser, from, { url, microphone: 'off', ...query })
  return conversation
}

/** What a person would be told. */
async function told(): Promise<{ code: unknown; message: string }[]> {
  const events = await conversation.events()
  return events
    .filter(({ name }) => name === 'error' || name === 'startFailed')
    .map(({ code, message }) => ({ code, message: String(message) }))
}

const send = (text: string): Promise<void> => conversation.send(text)

function latest(): OpenAIConnection {
  const connection = simulator.connections.at(-1)
  if (!connection) throw new Error('Nobody has connected.')
  return connection
}

async function state(): Promise<string> {
  return conversation.page.evaluate(
    () => (window as unknown as { pipeline: { state: string } }).pipeline.state,
  )
}

beforeAll(async () => {
  ;({ url, httpUrl } = await simulator.listen())
  host = await hostBuild()
  browser = await launchChromium()
})

afterEach(async () => {
  await conversation.page.close()
})

afterAll(async () => {
  await browser?.close()
  await host?.close()
  await simulator.close()
})

describe('A connection that fails', () => {
  it.each([
    ['a token that is refused', { token: 'ek_unknown' }, 'auth-failed'],
    ['a token that is a long-lived key', { token: 'sk-proj-abc' }, 'auth-long-lived-key'],
    ['no token', { token: '' }, 'auth-empty'],
    ['an address where nobody listens', { url: 'ws://127.0.0.1:9/v1/realtime' }, 'connection-refused'],
  ])('says so for %s, and may be tried again', async (_, query, code) => {
    await open(query)
    await conversation.start()
    const [error] = await told()
    expect(error?.code).toBe(code)
    expect(error?.message).not.toContain('sk-proj')
    expect(error?.message).not.toContain('ek_unknown')
    expect(await state()).toBe('idle')
  })

  it('may be tried again, and then works', async () => {
    simulator.nextConnection({ refuse: 503 })
    await open()
    await conversation.start()
    expect(await told()).toHaveLength(1)
    expect(await state()).toBe('idle')
    await conversation.page.evaluate(() => void (window as unknown as { events: unknown[] }).events.splice(0))
    await conversation.start()
    expect(await state()).toBe('listening')
  })
})

describe.each(['websocket', 'webrtc'] as const)('A connection over %s', (transport) => {
  const address = (): string => (transport === 'webrtc' ? `${httpUrl}/calls` : url)

  it.each([
    ['the network goes away', { do: 'drop' }],
    ['the service closes it', { do: 'close', code: 1011, reason: 'try again' }],
  ] as const)('is made again when %s, and the conversation goes on', async (_, fault) => {
    const at = { type: 'conversation.item.truncated' }
    simulator.nextConnection({ steps: [{ at, ...fault }] })
    await open({ transport, url: address() })
    await conversation.start()
    const first = latest()
    await conversation.send('What is the weather in Rome?')
    await conversation.until((events) => events.some(({ name }) => name === 'turnEnded'))
    await conversation.send('Tell me about Rome.')
    await conversation.until((events) => {
      const answer = events.findLast(({ name }) => name === 'transcript')
      return String(answer?.text).startsWith('In Rome') && String(answer?.heardText).length > 3
    })
    await conversation.interrupt()
    await conversation.until((events) => events.some(({ name }) => name === 'reconnected'))
    const second = latest()
    await conversation.send('And the weather in Paris?')
    const events = await conversation.until(
      (noted) => noted.filter(({ name }) => name === 'turnEnded').length === 3,
    )
    expect(await told()).toEqual([])
    expect(events.map(({ state }) => state)).toContain('reconnecting')
    expect(events.find(({ name }) => name === 'reconnected')).toMatchObject({ reason: 'lost', attempts: 1 })
    expect([...violationsOf(first), ...violationsOf(second)]).toEqual([])
    // What was said is told in order, what was not heard is left out, and nobody is greeted again.
    const created = second.received.findIndex(({ message }) => message.type === 'response.create')
    const question = second.received[created - 1]?.message
    expect(JSON.stringify(question)).toContain('And the weather in Paris?')
    const memory = second.conversation.filter(({ type }) => type === 'message')
    expect(memory.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
    ])
    expect(memory[0]?.text).toContain('weather in Rome')
    const cut = events.findLast(
      ({ name, text }) => name === 'transcript' && String(text).startsWith('In Rome'),
    )
    expect(memory[3]?.text).toBe(cut?.heardText)
    expect(String(cut?.heardText).length).toBeLessThan(String(cut?.text).length)
  })
})

describe('A message that fails', () => {
  it.each([
    ['is not JSON', '{"type":"response.cre', ['message-malformed']],
    ['is not an object', '[1, 2]', ['message-malformed']],
    ['has no type', '{"hello":"world"}', ['message-malformed']],
    ['is an unknown event', '{"type":"response.hologram.delta","x":{"y":[null]}}', []],
    [
      'is an error of the service',
      '{"type":"error","event_id":"e","error":{"type":"server_error","code":"oops","message":"Sorry.","param":null,"event_id":null}}',
      ['model-error'],
    ],
  ])('and %s does not end the conversation', async (_, frame, codes) => {
    simulator.nextConnection({ steps: [{ at: { type: 'response.created' }, do: 'sendFrame', frame }] })
    await open()
    await conversation.start()
    await send('What is the weather in Rome?')
    const events = await conversation.until((noted) => noted.some(({ name }) => name === 'turnEnded'))
    expect((await told()).map(({ code }) => code)).toEqual(codes)
    expect(events.filter(({ name }) => name === 'toolFinished')).toMatchObject([
      { name: 'toolFinished', ok: true },
    ])
    expect(await state()).toBe('listening')
  })
})

describe('A typed message', () => {
  it('interrupts the answer that is heard, and is answered itself', async () => {
    await open()
    await conversation.start()
    await send('Tell me about Rome.')
    await conversation.until((noted) => noted.some((event) => event.state === 'speaking'))
    await send('What is the weather in Paris?')
    const events = await conversation.until(
      (noted) => noted.filter(({ name }) => name === 'turnEnded').length === 2,
    )
    expect(events.filter(({ name }) => name === 'interrupted')).toHaveLength(1)
    expect(violationsOf(latest())).toEqual([])
    const last = new Map(events.filter(({ name }) => name === 'transcript').map((event) => [event.id, event]))
    const answers = [...last.values()].filter(({ role }) => role === 'agent')
    expect(answers.at(-1)?.heardText).toContain('21 degrees')
    expect(answers.every(({ final }) => final)).toBe(true)
  })

  it('is answered by a tool once, whose result the model asked for once', async () => {
    await open()
    await conversation.start()
    await send('What is the weather in Oslo?')
    await conversation.until((noted) => noted.some(({ name }) => name === 'turnEnded'))
    const received = latest().received.map(({ message }) => message.type)
    expect(received).toEqual([
      'session.update',
      'conversation.item.create',
      'response.create',
      'conversation.item.create',
      'response.create',
    ])
  })
})

describe('A Content-Security-Policy', () => {
  const policy = (sources: string): Record<string, string> => ({
    'content-security-policy': `script-src 'self' 'unsafe-inline' ${sources}`,
  })

  it.each([
    ['blob:', {}],
    ['data:', {}],
    ['', { worklets: 'files' as const }],
  ])('that allows %s is enough with %o', async (sources, query) => {
    const strict = await hostBuild(policy(sources))
    await open(query, strict)
    await conversation.start()
    expect(await state()).toBe('listening')
    await strict.close()
  })

  it('that allows none of them is named, with what to do', async () => {
    const strict = await hostBuild(policy(''))
    await open({}, strict)
    await conversation.start()
    const [error] = await told()
    expect(error?.code).toBe('worklet-blocked')
    expect(error?.message).toContain('script-src')
    expect(error?.message).toContain('workletUrls.playback')
    expect(await state()).toBe('idle')
    await strict.close()
  })
})
