import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import { launchChromium } from './support/chromium.ts'
import { serveStatic } from './support/static-server.ts'

/** What the page has seen and heard. */
interface PageCall {
  readonly types: readonly string[]
  /** Loudness of what comes now, 0 to 1. */
  loudness(): number
  say(text: string): void
  end(): void
}

/** Runs in the page: calls, and leaves `window.call`. */
async function callFromPage({
  url,
  token,
}: {
  readonly url: string
  readonly token: string
}): Promise<string> {
  const peer = new RTCPeerConnection()
  const channel = peer.createDataChannel('oai-events')
  const types: string[] = []
  channel.onmessage = ({ data }) => {
    types.push((JSON.parse(String(data)) as { readonly type: string }).type)
  }
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true })
  for (const track of microphone.getTracks()) peer.addTrack(track, microphone)
  const remote = new Promise<MediaStream>((resolve) => {
    peer.ontrack = ({ streams, track }) => resolve(streams[0] ?? new MediaStream([track]))
  })
  await peer.setLocalDescription()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }
  const response = await fetch(url, { method: 'POST', headers, body: peer.localDescription?.sdp ?? '' })
  await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() })
  const stream = await remote
  // Chromium decodes a remote stream only while an element plays it.
  const element = new Audio()
  element.muted = true
  element.srcObject = stream
  await element.play()
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  context.createMediaStreamSource(stream).connect(analyser)
  const call: PageCall = {
    types,
    loudness: () => {
      const samples = new Float32Array(analyser.fftSize)
      analyser.getFloatTimeDomainData(samples)
      return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
    },
    say: (text) => {
      const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
      channel.send(JSON.stringify({ type: 'conversation.item.create', item }))
      channel.send(JSON.stringify({ type: 'response.create' }))
    },
    end: () => {
      peer.close()
      element.pause()
    },
  }
  Object.assign(window, { call })
  return response.headers.get('location') ?? ''
}

test('a page of another origin calls the simulator, is heard, and hears the answer', async () => {
  const simulator = createOpenAISimulator()
  const { httpUrl } = await simulator.listen()
  const pages = await serveStatic(fileURLToPath(new URL('pages', import.meta.url)))
  const browser = await launchChromium({ extraArgs: ['--autoplay-policy=no-user-gesture-required'] })
  onTestFinished(async () => {
    await browser.close()
    await pages.close()
    await simulator.close()
  })
  // The beeps of the microphone are no turns.
  const session = { type: 'realtime', audio: { input: { turn_detection: null } } } as const
  const { token } = simulator.mintToken({ session })
  const page = await browser.newPage()
  await page.goto(`${pages.url}/blank.html`)
  const location = await page.evaluate(callFromPage, {
    url: `${httpUrl}/calls`,
    token,
  })
  expect(location).toMatch(/^\/v1\/realtime\/calls\/rtc_/)
  const connection = await simulator.connection()
  // Chromium's microphone beeps once a second.
  await expect.poll(() => Math.max(0, ...connection.audio)).toBeGreaterThan(1000)
  await page.evaluate(() => (window as unknown as { readonly call: PageCall }).call.say('Hello'))
  await connection.waitFor('output_audio_buffer.started')
  await page.waitForFunction(() => (window as unknown as { readonly call: PageCall }).call.loudness() > 0.01)
  const types = await page.evaluate(() => (window as unknown as { readonly call: PageCall }).call.types)
  expect(types[0]).toBe('session.created')
  expect(connection.violations).toEqual([])
  await page.evaluate(() => (window as unknown as { readonly call: PageCall }).call.end())
  await connection.closed
})
