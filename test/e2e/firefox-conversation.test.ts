import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator, type Turn } from '../simulators/openai/index.ts'
import type { Tab, TabBrowser } from '../support/tab.ts'
import { retriesOver } from '../support/call-retries.ts'
import { installTaps, readTap } from './support/audio-tap.ts'
import { firefox } from './support/browsers.ts'
import { ConversationPage, hostBuild, type PageQuery, type SdkHost } from './support/conversation-page.ts'
import { stretchesOf, tone } from './support/tones.ts'
import { violationsOf } from './support/violations.ts'

const FIRST_HZ = 500
const SECOND_HZ = 1500
const FIRST = 'This is the answer that is interrupted in its middle.'
const SECOND = 'This is the next.'
/** A device that is made up cancels no echo. */
const KNOWN = 'echo-not-cancelled'

const paths: readonly Required<Pick<PageQuery, 'transport' | 'thread'>>[] = [
  { transport: 'websocket', thread: 'main' },
  { transport: 'websocket', thread: 'worker' },
  { transport: 'webrtc', thread: 'main' },
  { transport: 'webrtc', thread: 'worker' },
]

const simulator = createOpenAISimulator({
  pace: 4,
  thinkingMs: 100,
  reply: ({ items }: Turn) => {
    const asked = items.filter(({ wire }) => wire.type === 'message' && wire.role === 'user').length
    const [text, hertz, ms] = asked > 1 ? [SECOND, SECOND_HZ, 400] : [FIRST, FIRST_HZ, 6000]
    return { items: [{ type: 'message', text, pcm: tone(hertz, ms), speakText: false }] }
  },
})

describe.skipIf(!firefox.isThere)('A spoken conversation in Firefox', () => {
  let urls: Record<NonNullable<PageQuery['transport']>, string>
  let host: SdkHost
  let browser: TabBrowser

  beforeAll(async () => {
    const { url, httpUrl } = await simulator.listen()
    urls = { websocket: url, webrtc: `${httpUrl}/calls` }
    host = await hostBuild()
    browser = await firefox.launch()
  })

  afterAll(async () => {
    await browser?.close()
    await host?.close()
    await simulator.close()
  })

  for (const { transport, thread } of paths) {
    it(`over ${transport}, the engine on ${thread}`, { retry: retriesOver(transport) }, async () => {
      const query = { url: urls[transport], transport, thread }
      const conversation = await ConversationPage.open(browser, host, query, async (page) => {
        await installTaps(page)
        await noteLatencyReads(page)
      })
      const until = conversation.until.bind(conversation)
      // The microphone hums: who is not muted speaks.
      await conversation.mute()
      await conversation.start()
      const connection = await simulator.connection()
      await conversation.send('Tell me something.')
      await until((events) => events.some(({ role, heardText }) => role === 'agent' && heardText !== ''))
      await conversation.unmute()
      await until((events) => events.some(({ name }) => name === 'interrupted'))
      await conversation.mute()
      await until((events) => events.some(({ heardText, final }) => heardText === SECOND && final === true))
      const events = await until((all) => all.findLast(({ state }) => state)?.state === 'listening')
      let speaker = await readTap(conversation.page, 'speaker')
      // Over WebRTC the service says so before the last of it has come.
      const isHeard = async (): Promise<boolean> => {
        speaker = await readTap(conversation.page, 'speaker')
        return stretchesOf(SECOND_HZ, speaker).length > 0
      }
      await expect.poll(isHeard).toBe(true)
      const wasLatencyRead = await conversation.page.evaluate(() => 'latencyRead' in window)
      await conversation.close()

      expect(events.filter(({ name, code }) => name === 'error' && code !== KNOWN)).toEqual([])
      expect(violationsOf(connection)).toEqual([])
      expect(wasLatencyRead).toBe(false)
      expect(events.filter(({ name }) => name === 'interrupted')).toHaveLength(1)
      const cut = events.findLast(({ text }) => text === FIRST)
      expect(String(cut?.heardText).length).toBeLessThan(FIRST.length)
      const [first, second] = [FIRST_HZ, SECOND_HZ].map((hertz) => stretchesOf(hertz, speaker))
      expect(first?.at(-1)?.toMs).toBeLessThanOrEqual(second?.at(-1)?.fromMs ?? 0)
      const [turn] = connection.utterances
      expect(Math.max(...(turn?.pcm ?? []))).toBeGreaterThan(1000)
    })
  }
})

/** Notes whether the page reads `outputLatency`: this browser hangs for good if a worklet posts meanwhile. */
async function noteLatencyReads(page: Tab): Promise<void> {
  await page.addInitScript(() => {
    Object.defineProperty(AudioContext.prototype, 'outputLatency', {
      get() {
        Reflect.set(window, 'latencyRead', true)
        return 0
      },
    })
  })
}
