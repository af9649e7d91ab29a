import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator, type OpenAIConnection, type Turn } from '../simulators/openai/index.ts'
import { installTaps } from './support/audio-tap.ts'
import { launchChromium } from './support/chromium.ts'
import {
  ConversationPage,
  hostBuild,
  hostSources,
  type PageQuery,
  type SdkHost,
} from './support/conversation-page.ts'
import { tone } from './support/tones.ts'
import { violationsOf } from './support/violations.ts'

const FREEZE_MS = 1000
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
let connection: OpenAIConnection

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
async function answering(query: Partial<PageQuery> = {}): Promise<void> {
  conversation = await ConversationPage.open(browser, host, { url, thread: 'worker', ...query }, installTaps)
  await conversation.start()
  connection = await simulator.connection()
  await conversation.page.evaluate(() => {
    ;(window as unknown as { pipeline: { mute(): void } }).pipeline.mute()
  })
  await conversation.send('Tell me something.')
  await conversation.until((events) => events.some(({ state }) => state === 'speaking'))
  await sleep(500)
}

describe('A page that is frozen', () => {
  it('neither delays an interruption, nor a microphone, nor falsifies what was heard', async () => {
    await answering()
    const woke = freeze(conversation.page)
    await sleep(FREEZE_MS / 3)
    connection.startSpeech()
    const truncate = await connection.waitFor('conversation.item.truncate', { direction: 'received' })
    const truncatedAt = Date.now()
    const { from, to } = await woke
    // All that was recorded meanwhile arrives now.
    await sleep(300)
    const heard = await audible(conversation.page)

    expect(truncatedAt).toBeLessThan(to)
    expect(heard.silentAt).toBeGreaterThan(from)
    expect(heard.silentAt).toBeLessThan(to)
    expect(Math.abs(Number(truncate.message.audio_end_ms) - heard.ms)).toBeLessThanOrEqual(10)
    const openedAt = truncatedAt - truncate.atMs
    const frames = connection.received
      .filter(({ message }) => message.type === 'input_audio_buffer.append')
      .map(({ atMs }) => openedAt + atMs)
      .filter((at) => at > from && at < to)
    const gaps = [from, ...frames, to].map((at, i, all) => at - (all[i - 1] ?? at))
    expect(Math.max(...gaps)).toBeLessThan(FREEZE_MS / 3)
    expect(violationsOf(connection)).toEqual([])
    const interrupted = await conversation.named('interrupted')
    expect(interrupted).toHaveLength(1)
  })
})

describe('An engine in a Worker', () => {
  it('tells times by the clock of the page', async () => {
    await answering({ microphone: 'off' })
    const before = await conversation.page.evaluate(() => performance.now())
    await conversation.interrupt()
    await conversation.until((events) => events.some(({ name }) => name === 'turnEnded'))
    const after = await conversation.page.evaluate(() => performance.now())
    const [metrics] = await conversation.named('turnEnded')
    expect(metrics?.interruptedAt).toBeGreaterThanOrEqual(before - 1)
    expect(metrics?.interruptedAt).toBeLessThanOrEqual(after + 1)
  })

  it('that crashes is one error that may pass, and the conversation goes on', async () => {
    await answering({ microphone: 'off' })
    await crash(conversation.page)
    const second = await simulator.connection()
    await conversation.until((events) => events.some(({ name }) => name === 'reconnected'))
    await conversation.send('And then?')
    const events = await conversation.until((all) =>
      all.some(({ heardText, final }) => heardText === SECOND && final === true),
    )

    const errors = events.filter(({ name }) => name === 'error')
    expect(errors).toMatchObject([{ code: 'worker-crashed', retryable: true }])
    const states = events.filter(({ name }) => name === 'stateChanged').map(({ state }) => state)
    expect(states.filter((state) => state === 'reconnecting')).toHaveLength(1)
    expect(states.at(-1)).toBe('listening')
    const told = JSON.stringify(second.received.map(({ message }) => message.item).filter(Boolean))
    expect(told).toContain('Tell me something.')
    expect(told).toContain(FIRST.slice(0, 4))
    expect(violationsOf(second)).toEqual([])
  })

  it('that crashes again and again ends the conversation', async () => {
    await answering({ microphone: 'off' })
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

/** Blocks the page; resolves with when it was blocked, ms since 1970, once it has woken up. */
async function freeze(page: Page): Promise<{ readonly from: number; readonly to: number }> {
  return page.evaluate(
    (ms) =>
      new Promise<{ from: number; to: number }>((resolve) => {
        const from = Date.now()
        while (Date.now() < from + ms);
        resolve({ from, to: Date.now() })
      }),
    FREEZE_MS,
  )
}

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

/** How long something was audible at the speaker, and when it ended. */
async function audible(page: Page): Promise<{ readonly ms: number; readonly silentAt: number }> {
  return page.evaluate(() => {
    const { blocks, sampleRate } = window.audioTaps.speaker ?? { blocks: [], sampleRate: 1 }
    const loud = blocks.filter(({ samples }) => samples.some((sample) => Math.abs(sample) > 0.003))
    const [first, last] = [loud[0], loud.at(-1)]
    const edge = (block: typeof first, end: 'findIndex' | 'findLastIndex'): number =>
      (block?.frame ?? 0) + (block?.samples[end]((sample) => Math.abs(sample) > 0.003) ?? 0)
    const frames = edge(last, 'findLastIndex') - edge(first, 'findIndex')
    return { ms: (frames * 1000) / sampleRate, silentAt: last?.at ?? 0 }
  })
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
