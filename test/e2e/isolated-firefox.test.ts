import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator, type Turn } from '../simulators/openai/index.ts'
import type { Tab, TabBrowser } from '../support/tab.ts'
import { firefox } from './support/browsers.ts'
import {
  ConversationPage,
  hostBuild,
  ISOLATED,
  type PageQuery,
  type SdkHost,
} from './support/conversation-page.ts'
import { tone } from './support/tones.ts'
import { violationsOf } from './support/violations.ts'

const FIRST = 'This is a long answer.'
const SECOND = 'And this is another one.'

const simulator = createOpenAISimulator({
  pace: 4,
  thinkingMs: 50,
  reply: ({ items }: Turn) => {
    const asked = items.filter(({ wire }) => wire.type === 'message' && wire.role === 'user').length
    const [text, ms] = asked > 1 ? [SECOND, 300] : [FIRST, 8000]
    return { items: [{ type: 'message', text, pcm: tone(500, ms), speakText: false }] }
  },
})

describe.skipIf(!firefox.isThere)('In an isolated page of Firefox the engine is in a Worker that', () => {
  let url: string
  let host: SdkHost
  let browser: TabBrowser
  let conversation: ConversationPage<Tab>

  beforeAll(async () => {
    ;({ url } = await simulator.listen())
    host = await hostBuild(ISOLATED)
    browser = await firefox.launch()
  })

  afterEach(async () => conversation?.close())

  afterAll(async () => {
    await browser?.close()
    await host?.close()
    await simulator.close()
  })

  /** Opens a conversation in which the agent has begun to answer. */
  async function answering(query: Partial<PageQuery> = {}): Promise<void> {
    const all = { url, thread: 'worker', microphone: 'off', ...query } as const
    conversation = await ConversationPage.open(browser, host, all)
    await conversation.start()
    await simulator.connection()
    await conversation.send('Tell me something.')
    await conversation.until((events) => events.some(({ heardText }) => Boolean(heardText)))
  }

  it('tells times by the clock of the page, and ends with the conversation', async () => {
    await answering()
    const { page } = conversation
    expect(await sharedWorkers(page)).toBe(1)
    const before = await page.evaluate(() => performance.now())
    await conversation.interrupt()
    await conversation.until((events) => events.some(({ name }) => name === 'turnEnded'))
    const after = await page.evaluate(() => performance.now())
    const [metrics] = await conversation.named('turnEnded')
    // Clocks of two processes.
    expect(metrics?.interruptedAt).toBeGreaterThanOrEqual(before - 5)
    expect(metrics?.interruptedAt).toBeLessThanOrEqual(after + 5)
    await page.evaluate(async () => (window as unknown as { pipeline: { close(): void } }).pipeline.close())
    await expect.poll(async () => sharedWorkers(page)).toBe(0)
  })

  it.each(['throw', 'end'] as const)(
    'is replaced if it comes to an end (%s), and the conversation goes on',
    async (how) => {
      await answering({ workerUrl: '/test/e2e/pages/crashing-worker.js' })
      await conversation.page.evaluate((data) => new BroadcastChannel('crash').postMessage(data), how)
      await conversation.until((events) => events.some(({ name }) => name === 'reconnected'))
      const second = await simulator.connection()
      await conversation.send('And then?')
      const events = await conversation.until((all) =>
        all.some(({ heardText, final }) => heardText === SECOND && final === true),
      )
      const errors = events.filter(({ name }) => name === 'error')
      expect(errors).toMatchObject([{ code: 'worker-crashed', retryable: true }])
      expect(JSON.stringify(second.received)).toContain('Tell me something.')
      expect(violationsOf(second)).toEqual([])
      expect(await sharedWorkers(conversation.page)).toBe(1)
    },
  )

  it('is missed if its file is, with an error that says what to do', async () => {
    conversation = await ConversationPage.open(browser, host, {
      url,
      thread: 'worker',
      workerUrl: '/missing.js',
    })
    await conversation.start()
    expect(await conversation.events()).toContainEqual(
      expect.objectContaining({ name: 'startFailed', code: 'worker-blocked' }),
    )
  })
})

/** How many of the engine's shared Workers live: each holds a lock. */
async function sharedWorkers(page: Tab): Promise<number> {
  return page.evaluate(async () => {
    const { held = [] } = await navigator.locks.query()
    return held.length
  })
}
