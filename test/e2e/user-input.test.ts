import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import { launchChromium } from './support/chromium.ts'
import { ConversationPage, hostBuild, type SdkHost } from './support/conversation-page.ts'
import { writeMicrophoneWav } from './support/microphone-wav.ts'
import { violationsOf } from './support/violations.ts'

interface PageWindow {
  readonly pipeline: {
    startTurn(): void
    endTurn(): void
    sendMessage(text: string, options: { images: readonly unknown[] }): Promise<void>
  }
}

describe.each(['websocket', 'webrtc'] as const)('Over %s', (transport) => {
  const simulator = createOpenAISimulator({ pace: 20, maxImageBytes: 200_000 })
  let url: string
  let host: SdkHost
  let browser: Browser

  beforeAll(async () => {
    const listening = await simulator.listen()
    url = transport === 'webrtc' ? `${listening.httpUrl}/calls` : listening.url
    host = await hostBuild()
    const microphoneWav = await writeMicrophoneWav([{ atMs: 0, text: 'One two three four five six' }], 16_000)
    browser = await launchChromium({ microphoneWav })
  })

  afterAll(async () => {
    await browser?.close()
    await host?.close()
    await simulator.close()
  })

  it('a picture is made small enough, sent, and answered', async () => {
    const conversation = await ConversationPage.open(browser, host, { url, transport, microphone: 'off' })
    await conversation.start()
    const connection = await simulator.connection()
    await conversation.page.evaluate(async () => {
      // Noise, which no codec makes small.
      const image = new ImageData(3000, 2000)
      for (let i = 0; i < image.data.length; i++) image.data[i] = Math.random() * 255
      await (window as unknown as PageWindow).pipeline.sendMessage('What is this?', { images: [image] })
    })
    const told = /I see a JPEG picture of (\d+) bytes/
    const events = await conversation.until((noted) => noted.some(({ text }) => told.test(String(text))))
    const bytes = Number(told.exec(String(events.findLast(({ text }) => text)?.text))?.[1])
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(180_000)
    expect(violationsOf(connection)).toEqual([])
    await conversation.close()
  })

  it('what is no picture is refused, and the conversation goes on', async () => {
    const conversation = await ConversationPage.open(browser, host, { url, transport, microphone: 'off' })
    await conversation.start()
    const refused = await conversation.page.evaluate(async () =>
      (window as unknown as PageWindow).pipeline
        .sendMessage('What is this?', { images: [new Blob(['no picture'])] })
        .catch(({ code, option }: { code: string; option: string }) => ({ code, option })),
    )
    expect(refused).toEqual({ code: 'option-invalid', option: 'images[0]' })
    await conversation.send('What is the weather in Rome?')
    await conversation.until((events) => events.some(({ name }) => name === 'turnEnded'))
    await conversation.close()
  })

  it('push-to-talk takes what is said between the two calls, and nothing else', async () => {
    const query = { url, transport, turns: 'manual' } as const
    const conversation = await ConversationPage.open(browser, host, query)
    await conversation.start()
    const connection = simulator.connections.at(-1)
    if (!connection) throw new Error('Nobody has connected.')
    const turn = (call: 'startTurn' | 'endTurn'): Promise<void> =>
      conversation.page.evaluate((name) => (window as unknown as PageWindow).pipeline[name](), call)
    await turn('startTurn')
    await conversation.page.waitForTimeout(1000)
    await turn('endTurn')
    const events = await conversation.until((noted) => noted.some(({ name }) => name === 'turnEnded'))
    expect(events.filter(({ name }) => name === 'speechStarted')).toMatchObject([{ by: 'application' }])
    expect(connection.utterances).toHaveLength(1)
    const seconds = (connection.utterances[0]?.pcm.length ?? 0) / 24_000
    expect(seconds).toBeGreaterThan(0.7)
    expect(seconds).toBeLessThan(2)
    // A turn that was hardly begun is none, and is not waited for.
    await turn('startTurn')
    await turn('endTurn')
    await conversation.page.waitForTimeout(300)
    const states = (await conversation.events()).filter(({ name }) => name === 'stateChanged')
    expect(states.at(-1)?.state).toBe('listening')
    expect(violationsOf(connection)).toEqual([])
    expect(await conversation.named('error')).toEqual([])
    await conversation.close()
  })
})
