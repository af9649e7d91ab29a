import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import { launchChromium } from './support/chromium.ts'
import { ConversationPage, hostBuild, type PageQuery, type SdkHost } from './support/conversation-page.ts'

const simulator = createOpenAISimulator()
let url: string
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

async function send(text: string): Promise<void> {
  await conversation.page.evaluate(
    (message) =>
      (window as unknown as { pipeline: { sendMessage(text: string): Promise<void> } }).pipeline.sendMessage(
        message,
      ),
    text,
  )
}

async function state(): Promise<string> {
  return conversation.page.evaluate(
    () => (window as unknown as { pipeline: { state: string } }).pipeline.state,
  )
}

beforeAll(async () => {
  ;({ url } = await simulator.listen())
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
    ['a token that is refused', { token: 'ek_unknown' }, 'connection-refused'],
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

  it('is one error when the service closes it, and a new start works', async () => {
    simulator.nextConnection({ steps: [{ at: { ms: 300 }, do: 'close', code: 1011, reason: 'try again' }] })
    await open()
    await conversation.start()
    await conversation.until((events) => events.some(({ name }) => name === 'error'))
    expect(await told()).toMatchObject([{ code: 'connection-lost' }])
    expect(await state()).toBe('idle')
    await conversation.page.evaluate(() => void (window as unknown as { events: unknown[] }).events.splice(0))
    await conversation.start()
    expect(await state()).toBe('listening')
  })

  it('is one error when the network goes away', async () => {
    simulator.nextConnection({ steps: [{ at: { ms: 300 }, do: 'drop' }] })
    await open()
    await conversation.start()
    await conversation.until((events) => events.some(({ name }) => name === 'error'))
    expect(await told()).toMatchObject([{ code: 'connection-lost' }])
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
    await simulator.connection().then(() => {})
    await send('Tell me about Rome.')
    await conversation.until((noted) => noted.some((event) => event.state === 'speaking'))
    await send('What is the weather in Paris?')
    const events = await conversation.until(
      (noted) => noted.filter(({ name }) => name === 'turnEnded').length === 2,
    )
    expect(events.filter(({ name }) => name === 'interrupted')).toHaveLength(1)
    const connection = simulator.connections.at(-1)
    expect(connection?.violations).toEqual([])
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
    const received = simulator.connections.at(-1)?.received.map(({ message }) => message.type)
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
