import { chromium, type Browser, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import { type DemoServer, serveDemo } from './support/demo-server.ts'

const WAIT = { timeout: 20_000 }

let server: DemoServer
let origin: string
let browser: Browser
let page: Page
let complaints: string[]

beforeAll(async () => {
  vi.stubEnv('OPENAI_API_KEY', '')
  server = await serveDemo(5310)
  ;({ origin } = server)
  browser = await chromium.launch({
    ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
    ],
  })
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  vi.unstubAllEnvs()
})

/** The fake microphone beeps, which a model takes for speech: who types is better off without. */
async function openToType(): Promise<void> {
  await page.goto(origin)
  await page.selectOption('#microphone', 'none')
}

async function say(text: string): Promise<void> {
  await page.fill('#message', text)
  await page.press('#message', 'Enter')
}

const textOf = async (selector: string): Promise<string> => (await page.textContent(selector)) ?? ''
/** Parts of the page that are wider than the room they have, the page itself included. */
const tooWide = (): Promise<string[]> =>
  page.evaluate(() =>
    ['html', '.transcript', '.event-scroller'].filter((selector) => {
      const part = document.querySelector(selector)
      return !part || part.scrollWidth > part.clientWidth
    }),
  )

describe('the demo page', () => {
  beforeEach(async () => {
    page = await browser.newPage({ permissions: ['microphone'] })
    complaints = []
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url()))
        complaints.push(request.url())
    })
  })

  afterEach(async () => {
    await page.close()
    if (complaints.length > 0)
      throw new Error(`The page complains, or asks elsewhere: ${complaints.join(', ')}`)
  })

  test('says that it talks to a simulator', async () => {
    await page.goto(origin)
    await expect.poll(() => textOf('#service')).toBe('Simulator: a local stand-in, no key, no model')
  })

  test('answers a typed message by way of a tool, and shows what is heard of it', async () => {
    await openToType()
    await say('What is the weather in Rome?')
    await page.waitForSelector('.line[data-role=agent] .unheard:not(:empty)', WAIT)
    await page.waitForSelector('.line[data-role=agent][data-final=true]', WAIT)
    expect(await textOf('.line[data-role=user] .words')).toBe('What is the weather in Rome?')
    expect(await textOf('.direction')).toMatch(/get_weather .*Rome.* which takes \d+ ms/)
    expect(await textOf('.line[data-role=agent] .heard')).toContain('sunny, 24 degrees')
    expect(await textOf('.line[data-role=agent] .unheard')).toBe('')
    await expect.poll(() => textOf('#latency-first-sound'), WAIT).toMatch(/^\d+ ms$/)
    await expect.poll(() => textOf('#announcer')).toContain('sunny, 24 degrees')
  })

  test('strikes out what an interruption kept from being heard', async () => {
    await openToType()
    await page.click('text=Tell me about Rome.')
    await page.waitForSelector('.line[data-role=agent] .heard:not(:empty)', WAIT)
    await page.keyboard.press('Escape')
    await page.waitForSelector('.line[data-role=agent] .unheard.struck:not(:empty)', WAIT)
    await expect.poll(() => textOf('.line[data-role=agent] .note')).toMatch(/^Interrupted after \d+\.\d s\.$/)
    await expect.poll(() => textOf('#latency-silence')).toMatch(/^\d+ ms$/)
  })

  test('starts, hears the microphone, ends and starts again', async () => {
    await page.goto(origin)
    for (const _ of [1, 2]) {
      await page.click('#start')
      // Its beep is answered.
      await expect
        .poll(() => page.getAttribute('.stage', 'data-state'), WAIT)
        .toMatch(/^(listening|thinking|speaking)$/)
      await page.waitForSelector('#microphone-level:not([aria-valuenow="0"])', WAIT)
      await page.click('#start')
      await page.waitForSelector('.stage[data-state=closed]', WAIT)
      expect(await page.isDisabled('#mute')).toBe(true)
      expect(await page.getAttribute('#microphone-level', 'aria-valuenow')).toBe('0')
    }
  })

  test('ends while it is still connecting, without an error', async () => {
    await page.route('**/token/openai', () => {})
    await openToType()
    await page.click('#start')
    await page.waitForSelector('.stage[data-state=connecting]', WAIT)
    await page.click('#start')
    await page.waitForSelector('.stage[data-state=closed]', WAIT)
    expect(await textOf('#banner')).toBe('')
    await page.unrouteAll()
    await page.click('#start')
    await page.waitForSelector('.stage[data-state=listening]', WAIT)
  })

  test('mutes with M, but not in a field, nor when shortcuts are off', async () => {
    await page.goto(origin)
    const pressed = (): Promise<string | null> => page.getAttribute('#mute', 'aria-pressed')
    await page.click('#start')
    await page.waitForSelector('.stage:is([data-state=listening], [data-state=thinking])', WAIT)
    await page.keyboard.press('m')
    expect(await pressed()).toBe('true')
    await page.press('#message', 'm')
    expect(await pressed()).toBe('true')
    expect(await page.inputValue('#message')).toBe('m')
    await page.focus('#start')
    await page.keyboard.press('m')
    expect(await pressed()).toBe('false')
    await page.uncheck('#shortcuts')
    await page.keyboard.press('m')
    expect(await pressed()).toBe('false')
  })

  test('shows why a token is refused, keeps the message, and tries again', async () => {
    const error = 'The key was withdrawn.'
    await page.route('**/token/openai', (route) => route.fulfill({ status: 502, json: { error } }))
    await openToType()
    await say('Hello')
    await expect.poll(() => textOf('#banner')).toContain(error)
    expect(await page.inputValue('#message')).toBe('Hello')
    await page.unroute('**/token/openai')
    await page.click('text=Try again')
    await page.waitForSelector('.stage[data-state=listening]', WAIT)
    expect(await textOf('#banner')).toBe('')
  })

  test('fits a phone, in both schemes', async () => {
    await openToType()
    await page.click('.events summary')
    await say(`What is the weather in ${'Llanfairpwllgwyngyll'.repeat(3)}?`)
    await page.waitForSelector('.line[data-role=agent] .heard:not(:empty)', WAIT)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 800 })
        expect(await tooWide()).toEqual([])
      }
    }
  })

  test('shows markup that a model says as text', async () => {
    const text = 'Look: <img src=x onerror="document.title=1"> and <b>bold</b>.'
    const simulator = createOpenAISimulator({ reply: () => ({ items: [{ type: 'message', text }] }) })
    const { url } = await simulator.listen()
    await page.route('**/demo/config.json', (route) =>
      route.fulfill({
        json: {
          services: [
            {
              id: 'openai',
              simulated: true,
              model: 'gpt-realtime-2.1',
              connections: [{ transport: 'websocket', path: url }],
            },
          ],
        },
      }),
    )
    await page.route('**/token/openai', (route) => route.fulfill({ json: simulator.mintToken() }))
    await openToType()
    await say('Hello')
    await page.waitForSelector('.line[data-role=agent][data-final=true]', WAIT)
    expect(await textOf('.line[data-role=agent] .words')).toBe(text)
    expect(await page.locator('main img, main b').count()).toBe(0)
    expect(await page.title()).toBe('Viva voce')
    await simulator.close()
  })
})

describe('the token route', () => {
  const post = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${origin}/token/openai`, { method: 'POST', headers })

  test('mints for a page of its own', async () => {
    const response = await post({ origin })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(Object.keys((await response.json()) as object)).toEqual(['token', 'expiresAt'])
  })

  test.each([
    ['another site', { origin: 'https://evil.test' }],
    ['a sandboxed page', { origin: 'null' }],
    ['nobody in particular', {}],
  ])('mints nothing for %s', async (_who, headers) => {
    const response = await post(headers)
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual({ error: 'Tokens are for pages of this server only.' })
  })

  test('mints nothing for a GET', async () => {
    expect((await fetch(`${origin}/token/openai`, { headers: { origin } })).status).toBe(405)
  })

  test('mints with the key of the server, and gives nothing of it away', async () => {
    const apiKey = 'sk-right-0123456789'
    const simulator = createOpenAISimulator({ apiKey })
    const { httpUrl } = await simulator.listen()
    vi.stubEnv('OPENAI_BASE_URL', httpUrl.replace('/realtime', ''))
    const answers: { status: number; text: string }[] = []
    for (const key of [apiKey, 'sk-wrong-0123456789']) {
      vi.stubEnv('OPENAI_API_KEY', key)
      const keyed = await serveDemo(5320)
      const { origin: own } = keyed
      expect(await (await fetch(`${own}/demo/config.json`)).json()).toMatchObject({
        services: expect.arrayContaining([
          expect.objectContaining({ id: 'openai', simulated: false, model: 'gpt-realtime-2.1' }),
        ]) as unknown,
      })
      const response = await fetch(`${own}/token/openai`, { method: 'POST', headers: { origin: own } })
      answers.push({ status: response.status, text: await response.text() })
      await keyed.close()
    }
    await simulator.close()
    expect(answers.map(({ status }) => status)).toEqual([200, 502])
    expect(answers[0]?.text).toMatch(/^{"token":"ek_[^"]+","expiresAt":\d{13}}$/)
    expect(answers[1]?.text).toMatch(/^{"error":"OpenAI refuses OPENAI_API_KEY[^"]+"}$/)
  })
})
