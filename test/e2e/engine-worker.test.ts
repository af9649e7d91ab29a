import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator, type Turn } from '../simulators/openai/index.ts'
import { launchChromium } from './support/chromium.ts'
import { ConversationPage, hostBuild, hostSources, type SdkHost } from './support/conversation-page.ts'
import { tone } from './support/tones.ts'
import { violationsOf } from './support/violations.ts'

const FIRST = 'This is a long answer.'
const SECOND = 'And this is another one.'

const simulator = createOpenAISimulator({
  pace: 2,
  thinkingMs: 50,
  reply: ({ items }: Turn) => {
    const asked = items.filter(({ wire }) => wire.type === 'message' && wire.role === 'user').length
    const [text, ms] = asked > 1 ? [SECOND, 300] : [FIRST, 4000]
    return { items: [{ type: 'message', text, pcm: tone(500, ms), speakText: false }] }
  },
})
let url: string
let host: SdkHost
let browser: Browser
let conversation: ConversationPage

beforeAll(async () => {
  ;({ url } = await simulator.listen())
  host = await hostSources()
  browser = await launchChromium()
})

afterEach(async () => conversation.close())

afterAll(async () => {
  await browser?.close()
  await host?.close()
  await simulator.close()
})

/** Opens a conversation in which the agent has begun to answer. */
async function answering(): Promise<void> {
  conversation = await ConversationPage.open(browser, host, { url, thread: 'worker', microphone: 'off' })
  await conversation.start()
  await simulator.connection()
  await conversation.send('Tell me something.')
  await conversation.until((events) => events.some(({ state }) => state === 'speaking'))
  await sleep(500)
}

describe('An engine in a Worker', () => {
  it('tells times by the clock of the page', async () => {
    await answering()
    const before = await conversation.page.evaluate(() => performance.now())
    await conversation.interrupt()
    await conversation.until((events) => events.some(({ name }) => name === 'turnEnded'))
    const after = await conversation.page.evaluate(() => performance.now())
    const [metrics] = await conversation.named('turnEnded')
    expect(metrics?.interruptedAt).toBeGreaterThanOrEqual(before - 1)
    expect(metrics?.interruptedAt).toBeLessThanOrEqual(after + 1)
  })

  it('that crashes is one error that may pass, and the conversation goes on', async () => {
    await answering()
    await crash(conversation.page)
    const second = await simulator.connection()
    await conversation.until((events) => events.some(({ name }) => name === 'reconnected'))
    await conversation.send('And then?')
    const events = await conversation.until(
      (all) =>
        all.some(({ heardText, final }) => heardText === SECOND && final === true) &&
        all.findLast(({ name }) => name === 'stateChanged')?.state === 'listening',
    )

    const errors = events.filter(({ name }) => name === 'error')
    expect(errors).toMatchObject([{ code: 'worker-crashed', retryable: true }])
    const states = events.filter(({ name }) => name === 'stateChanged').map(({ state }) => state)
    expect(states.filter((state) => state === 'reconnecting')).toHaveLength(1)
    const told = JSON.stringify(second.received.map(({ message }) => message.item).filter(Boolean))
    expect(told).toContain('Tell me something.')
    expect(told).toContain(FIRST.slice(0, 4))
    expect(violationsOf(second)).toEqual([])
  })

  it('that crashes again and again ends the conversation', async () => {
    await answering()
    simulator.nextConnection({ steps: [{ at: { events: 0 }, do: 'mute' }] })
    await crash(conversation.page)
    await simulator.connection()
    await crash(conversation.page)
    const events = await conversation.until((all) => all.some(({ state }) => state === 'idle'))
    const errors = events.filter(({ name }) => name === 'error')
    expect(errors.map(({ code }) => code)).toEqual(['worker-crashed', 'worker-crashed'])
  })
})

describe('A Content-Security-Policy without worker-src blob:', () => {
  const policy = { 'content-security-policy': "script-src 'self' 'unsafe-inline' blob:; worker-src 'self'" }

  it.each([
    ['is named, with what to do', {}, { name: 'startFailed', code: 'worker-blocked' }],
    ['is enough for a file of the site', { workerUrl: '/dist/worklets/engine.js' }, { state: 'listening' }],
  ])('%s', async (_, query, outcome) => {
    const strict = await hostBuild(policy)
    const all = { url, thread: 'worker', microphone: 'off', ...query } as const
    conversation = await ConversationPage.open(browser, strict, all)
    await conversation.start()
    const events = await conversation.events()
    expect(events).toContainEqual(expect.objectContaining(outcome))
    if ('code' in outcome) {
      expect(events.find(({ name }) => name === 'startFailed')?.message).toContain('worker-src blob:')
    }
    await strict.close()
  })
})

/** Throws in the page's newest Worker, where nobody catches it. */
async function crash(page: Page): Promise<void> {
  await page
    .workers()
    .at(-1)
    ?.evaluate(() => {
      setTimeout(() => {
        throw new Error('The Worker is to crash.')
      })
    })
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
