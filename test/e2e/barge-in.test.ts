import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createOpenAISimulator,
  type OpenAIConnection,
  type Reply,
  type Turn,
} from '../simulators/openai/index.ts'
import { retriesOver } from '../support/call-retries.ts'
import { installTaps, readTap } from './support/audio-tap.ts'
import { launchChromium } from './support/chromium.ts'
import { ConversationPage, hostBuild, type PageEvent, type SdkHost } from './support/conversation-page.ts'
import { stretchesOf, tone } from './support/tones.ts'
import { violationsOf } from './support/violations.ts'

/** What each answer sounds like: the one that is interrupted, a second item of it, and the next answer. */
const CUT_HZ = 500
const SECOND_HZ = 900
const NEXT_HZ = 1500

const say = (text: string, hertz: number, ms: number) =>
  ({ type: 'message', text, pcm: tone(hertz, ms), speakText: false }) as const

const long: Reply = { items: [say('This is the answer that is interrupted in its middle.', CUT_HZ, 3000)] }
const next: Reply = { items: [say('This is the next.', NEXT_HZ, 300)] }

/** What a test does while the agent answers. */
interface Scene {
  readonly conversation: ConversationPage
  readonly connection: OpenAIConnection
  /** Waits until the page has told of something. */
  readonly until: (name: PageEvent['name'], fields?: Record<string, unknown>) => Promise<unknown>
}

interface Scenario {
  readonly name: string
  /** The first answer. Default: 3 s of a tone. */
  readonly reply?: Reply
  readonly toolMs?: string
  /** The user interrupts. */
  readonly act: (scene: Scene) => Promise<void>
  /** What the client then tells the service over a WebSocket, where the service does not know what was heard. */
  readonly told: readonly string[]
  /** How many interruptions the page is told of. */
  readonly interruptions: number
  /** Whether another answer follows. */
  readonly answered?: false
  /** Whether something of the answer is heard before it is interrupted. */
  readonly heard?: false
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

async function speak({ connection }: Pick<Scene, 'connection'>, ms = 150): Promise<void> {
  connection.startSpeech()
  await sleep(ms)
  connection.stopSpeech()
}

async function speaking({ until }: Scene): Promise<void> {
  await until('stateChanged', { state: 'speaking' })
  await sleep(700)
}

const scenarios: readonly Scenario[] = [
  {
    name: 'before the first delta',
    act: async (scene) => {
      await scene.connection.waitFor('response.created')
      await speak(scene)
    },
    told: [],
    interruptions: 0,
    heard: false,
  },
  {
    name: 'in the middle',
    act: async (scene) => {
      await speaking(scene)
      await speak(scene)
    },
    told: ['conversation.item.truncate'],
    interruptions: 1,
  },
  {
    name: 'between two items',
    reply: { items: [say('First.', CUT_HZ, 600), say('And then a second thing, longer.', SECOND_HZ, 3000)] },
    act: async (scene) => {
      await scene.until('stateChanged', { state: 'speaking' })
      await sleep(600)
      await speak(scene)
    },
    // Whether anything of the second item was heard by then is a matter of milliseconds.
    told: ['conversation.item.(truncate|delete)'],
    interruptions: 1,
  },
  {
    name: 'after everything was heard',
    reply: { items: [say('Short.', CUT_HZ, 400)] },
    act: async (scene) => {
      await scene.until('turnEnded')
      await speak(scene)
    },
    told: [],
    interruptions: 0,
  },
  {
    name: 'during a tool call',
    reply: { items: [{ type: 'function_call', name: 'weather', arguments: '{"city":"Rome"}' }] },
    toolMs: '700',
    act: async (scene) => {
      await scene.until('toolCalled')
      await speak(scene)
      await scene.until('toolFinished')
    },
    told: [],
    interruptions: 0,
    heard: false,
  },
  {
    name: 'twice in 200 ms',
    act: async (scene) => {
      await speaking(scene)
      await speak(scene, 100)
      await sleep(100)
      await speak(scene, 100)
    },
    told: ['conversation.item.truncate'],
    interruptions: 1,
  },
  {
    name: 'by text',
    act: async (scene) => {
      await speaking(scene)
      await scene.conversation.send('Something else.')
    },
    // Unless the answer was made to its end by then.
    told: ['(response.cancel,)?conversation.item.truncate'],
    interruptions: 1,
  },
  {
    name: 'by interrupt()',
    act: async (scene) => {
      await speaking(scene)
      await scene.conversation.interrupt()
    },
    // Unless the answer was made to its end by then.
    told: ['(response.cancel,)?conversation.item.truncate'],
    interruptions: 1,
    answered: false,
  },
]

describe.each([
  ['websocket', 'main'],
  ['websocket', 'worker'],
  ['webrtc', 'main'],
  ['webrtc', 'worker'],
] as const)('An interruption over %s, the engine on %s', (transport, thread) => {
  let first: Reply = long
  // What has been asked before decides, so that a tool's output is not taken for another question.
  const simulator = createOpenAISimulator({
    pace: 2,
    thinkingMs: 200,
    lateDeltas: 4,
    reply: ({ items }: Turn) =>
      items.filter(({ wire }) => wire.type === 'message' && wire.role === 'user').length > 1 ? next : first,
  })
  let url: string
  let host: SdkHost
  let browser: Browser

  beforeAll(async () => {
    const listening = await simulator.listen()
    url = transport === 'webrtc' ? `${listening.httpUrl}/calls` : listening.url
    host = await hostBuild()
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser?.close()
    await host?.close()
    await simulator.close()
  })

  it.each(scenarios)('$name', { retry: retriesOver(transport) }, async (scenario) => {
    const { reply = long, toolMs = '0', act, told, interruptions, answered, heard = true } = scenario
    first = reply
    const query = { url, transport, thread, toolMs, microphone: 'off' } as const
    const conversation = await ConversationPage.open(browser, host, query, installTaps)
    await conversation.start()
    const connection = await simulator.connection()
    const until: Scene['until'] = async (name, fields = {}) =>
      conversation.until((events) =>
        events.some(
          (event) =>
            event.name === name && Object.entries(fields).every(([field, value]) => event[field] === value),
        ),
      )
    await conversation.send('Tell me something.')
    await act({ conversation, connection, until })
    const final = await conversation.until((events) => settled(events, answered))
    await sleep(400)
    const events = await conversation.events()
    const speaker = await readTap(conversation.page, 'speaker')
    await conversation.close()

    expect(violationsOf(connection)).toEqual([])
    expect(events.filter(({ name }) => name === 'error')).toEqual([])
    expect(events.filter(({ name }) => name === 'interrupted')).toHaveLength(interruptions)
    expect(final.findLast(({ name }) => name === 'stateChanged')?.state).toBe('listening')
    const sent = connection.received
      .map(({ message }) => message.type)
      .filter((type) => /truncate|delete|cancel|output_audio_buffer/.test(type))
    if (transport === 'websocket') expect(sent.join()).toMatch(new RegExp(`^${told.join()}$`))
    // Over WebRTC the service plays, and truncates by itself; it is told to stop where it cannot have heard.
    else if (!told.join().includes('response.cancel')) expect(sent).toEqual([])
    // What is made to its end needs no cancelling.
    else expect(sent.join()).toMatch(/^(response.cancel,)?output_audio_buffer.clear$/)

    const cut = [CUT_HZ, SECOND_HZ].flatMap((hertz) => stretchesOf(hertz, speaker))
    expect(cut.length).toBeLessThanOrEqual(reply.items.length)
    // Nothing of it is heard that the page says was not.
    const heardMs = Number(events.find(({ name }) => name === 'interrupted')?.heardMs)
    if (reply === long && interruptions > 0) expect(lengthOf(cut)).toBeLessThanOrEqual(heardMs + 100)
    expect(cut.length > 0).toBe(heard)
    const following = stretchesOf(NEXT_HZ, speaker)
    expect(following.length > 0).toBe(answered !== false)
    // Nothing of what was interrupted is heard once the next answer has begun.
    if (following[0])
      expect(Math.max(0, ...cut.map(({ toMs }) => toMs))).toBeLessThanOrEqual(following[0].fromMs)
    const truncate = connection.received.find(({ message }) => message.type === 'conversation.item.truncate')
    if (truncate && reply === long) {
      expect(Math.abs(Number(truncate.message.audio_end_ms) - lengthOf(cut))).toBeLessThanOrEqual(25)
    }
    const outputs = connection.received.filter(
      ({ message }) => (message.item as { type?: string } | undefined)?.type === 'function_call_output',
    )
    expect(outputs).toHaveLength(toolMs === '0' ? 0 : 1)
  })
})

function lengthOf(stretches: ReturnType<typeof stretchesOf>): number {
  return (stretches.at(-1)?.toMs ?? 0) - (stretches[0]?.fromMs ?? 0)
}

/** Whether the last answer was heard, or there is none to come. */
function settled(events: readonly PageEvent[], answered = true): boolean {
  const state = events.findLast(({ name }) => name === 'stateChanged')?.state
  const heard = events.some(
    ({ name, heardText }) => name === 'transcript' && heardText === 'This is the next.',
  )
  return state === 'listening' && (heard || !answered)
}
