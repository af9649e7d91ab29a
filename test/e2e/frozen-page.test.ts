import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator, type OpenAIConnection } from '../simulators/openai/index.ts'
import { retriesOver } from '../support/call-retries.ts'
import type { Tab, TabBrowser } from '../support/tab.ts'
import { installTaps } from './support/audio-tap.ts'
import { chromium, firefox } from './support/browsers.ts'
import {
  ConversationPage,
  hostBuild,
  ISOLATED,
  type PageQuery,
  type SdkHost,
} from './support/conversation-page.ts'
import { tone } from './support/tones.ts'
import { violationsOf } from './support/violations.ts'

const FREEZE_MS = 1000
const FRAME_MS = 20
/** −60 dBFS. */
const AUDIBLE = 0.001

const simulator = createOpenAISimulator({
  // After half a second there is enough of the voice for the freeze, and more to come.
  pace: 4,
  thinkingMs: 50,
  reply: () => ({
    items: [{ type: 'message', text: 'This is a long answer.', pcm: tone(500, 8000), speakText: false }],
  }),
})
/** Pages of a site that isolates them, and of one that does not. */
let hosts: Record<'isolated' | 'plain', SdkHost>
let urls: Record<NonNullable<PageQuery['transport']>, string>

beforeAll(async () => {
  const { url, httpUrl } = await simulator.listen()
  urls = { websocket: url, webrtc: `${httpUrl}/calls` }
  hosts = { plain: await hostBuild(), isolated: await hostBuild(ISOLATED) }
})

afterAll(async () => {
  for (const host of Object.values(hosts ?? {})) await host.close()
  await simulator.close()
})

/** Where, over what, and whether a connection of the Worker's gets by without the page there. */
const cases = [
  { browser: chromium, page: 'plain', transport: 'websocket', isFree: true },
  { browser: chromium, page: 'plain', transport: 'webrtc', isFree: true },
  { browser: firefox, page: 'isolated', transport: 'websocket', isFree: true },
  { browser: firefox, page: 'plain', transport: 'webrtc', isFree: true },
  // It takes the sockets of a page's own Workers, both ways, through the thread of the page.
  { browser: firefox, page: 'plain', transport: 'websocket', isFree: false },
] as const

for (const tested of [chromium, firefox]) {
  describe.skipIf(!tested.isThere)(`A page that is frozen, in ${tested.name}`, () => {
    let browser: TabBrowser
    let conversation: ConversationPage<Tab>
    let connection: OpenAIConnection

    beforeAll(async () => {
      browser = await tested.launch()
    })

    afterEach(async () => conversation?.close())

    afterAll(async () => browser?.close())

    /** Opens a conversation in which the agent has begun to answer. */
    async function answering(site: keyof typeof hosts, transport: keyof typeof urls): Promise<void> {
      const query = { url: urls[transport], transport, thread: 'worker' } as const
      conversation = await ConversationPage.open(browser, hosts[site], query, installTaps)
      // The microphone beeps, or hums: who is not muted asks, and interrupts.
      await conversation.mute()
      await conversation.start()
      connection = await simulator.connection()
      // What is heard is to be recorded from its beginning.
      await conversation.page.waitForFunction(() => Boolean(window.audioTaps.speaker?.blocks.length))
      await conversation.send('Tell me something.')
      await conversation.until((events) => events.some(({ state }) => state === 'speaking'))
      await sleep(500)
    }

    /** Has the user speak in the middle of a freeze. */
    async function bargeIn() {
      const woke = freeze(conversation.page)
      await sleep(FREEZE_MS / 3)
      connection.startSpeech()
      const truncated = connection
        .waitFor('conversation.item.truncate', { direction: 'received' })
        .then(({ message, atMs }) => ({ at: Date.now(), atMs, told: Number(message.audio_end_ms) }))
      // Over WebRTC it is not told.
      truncated.catch(() => {})
      const { from, to } = await woke
      // All that was recorded meanwhile arrives now.
      await sleep(300)
      const heard = await audible(conversation.page)
      const [interrupted] = await conversation.named('interrupted')
      return { from, to, truncated, heard, interrupted }
    }

    /** When frames of the microphone came, ms since 1970. */
    function framesSince({ at, atMs }: { readonly at: number; readonly atMs: number }): number[] {
      const appended = connection.received.filter(
        ({ message }) => message.type === 'input_audio_buffer.append',
      )
      return appended.map((frame) => at - atMs + frame.atMs)
    }

    for (const { page, transport } of cases.filter((each) => each.browser === tested && each.isFree)) {
      const options = { retry: retriesOver(transport) }
      it(`does not delay an interruption over ${transport} (${page} page)`, options, async () => {
        await answering(page, transport)
        const { from, to, truncated, heard, interrupted } = await bargeIn()

        expect(await conversation.named('interrupted')).toHaveLength(1)
        expect(heard.silentAt).toBeGreaterThan(from)
        expect(heard.silentAt).toBeLessThan(to)
        // It was cut there, and did not fall silent by itself to be cut when the page woke.
        // A call has pauses if a busy machine starves it, which count as heard.
        const heardMs = transport === 'webrtc' ? heard.spanMs : heard.ms
        expect(Math.abs(Number(interrupted?.heardMs) - heardMs)).toBeLessThan(FREEZE_MS / 3)
        expect(violationsOf(connection)).toEqual([])
        if (transport === 'webrtc') return
        const truncate = await truncated
        expect(truncate.at).toBeLessThan(to)
        expect(Math.abs(truncate.told - heard.ms)).toBeLessThanOrEqual(10)
        const frames = framesSince(truncate).filter((at) => at > from && at < to)
        expect(frames.length).toBeGreaterThan(FREEZE_MS / FRAME_MS / 2)
      })
    }

    it.each(cases.filter(({ browser, isFree }) => browser === tested && !isFree))(
      'plays on what it has, and falsifies nothing, over $transport ($page page)',
      async ({ page, transport }) => {
        await answering(page, transport)
        const { to, truncated, heard } = await bargeIn()

        expect(heard.silentAt).toBeGreaterThanOrEqual(to)
        expect(Math.abs((await truncated).told - heard.ms)).toBeLessThanOrEqual(10)
        expect(violationsOf(connection)).toEqual([])
        expect(await conversation.named('interrupted')).toHaveLength(1)
      },
    )
  })
}

/** Blocks the page; resolves with when it was blocked, ms since 1970, once it has woken up. */
async function freeze(page: Tab): Promise<{ readonly from: number; readonly to: number }> {
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

/** What was heard at the speaker. */
interface Audible {
  readonly ms: number
  /** From the first that can be heard to the last: a codec's silence is not all zeros. */
  readonly spanMs: number
  /** When it ended, ms since 1970. */
  readonly silentAt: number
}

async function audible(page: Tab): Promise<Audible> {
  return page.evaluate((audibleFrom) => {
    const { blocks, sampleRate } = window.audioTaps.speaker ?? { blocks: [], sampleRate: 1 }
    // A pause in which nothing had come, on a busy machine, is all zeros, and was not heard.
    const frames = blocks.flatMap(({ samples }) => [...samples]).filter((sample) => sample !== 0).length
    const loud = blocks.map(({ samples }) => samples.some((sample) => Math.abs(sample) >= audibleFrom))
    const [first, last] = [loud.indexOf(true), loud.lastIndexOf(true)]
    const toMs = (count: number): number => (count * 1000) / sampleRate
    return {
      ms: toMs(frames),
      spanMs: toMs((blocks[last]?.frame ?? 0) - (blocks[first]?.frame ?? 0)),
      silentAt: blocks[last]?.at ?? 0,
    }
  }, AUDIBLE)
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
