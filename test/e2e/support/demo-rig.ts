import type { Browser, Page } from 'playwright'
import { vi } from 'vitest'
import { launchChromium, type LaunchOptions } from './chromium.ts'
import { type DemoServer, serveDemo } from './demo-server.ts'

const KEYS = ['OPENAI_API_KEY', 'GEMINI_API_KEY', 'AWS_ACCESS_KEY_ID']

/** Far more than anything needs. */
export const WAIT = { timeout: 20_000 }

/** The demo page, served with simulators alone, and a browser to open it in. */
export class DemoRig {
  readonly #server: DemoServer
  readonly #browser: Browser
  readonly #complaints: string[] = []

  private constructor(server: DemoServer, browser: Browser) {
    this.#server = server
    this.#browser = browser
  }

  static async open(port: number, options?: LaunchOptions): Promise<DemoRig> {
    for (const key of KEYS) vi.stubEnv(key, '')
    const server = await serveDemo(port)
    return new DemoRig(server, await launchChromium(options))
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.#server.close()
    vi.unstubAllEnvs()
  }

  /** A tab of its own, for somebody who types: the fake microphone beeps. */
  async openPage(): Promise<DemoPage> {
    const page = await this.#browser.newPage({ permissions: ['microphone'] })
    page.on('pageerror', ({ message }) => this.#complaints.push(message))
    const demo = new DemoPage(page, this.#server.origin)
    await demo.load()
    return demo
  }

  /** Closes a page. Throws if one has complained. */
  async closePage({ page }: DemoPage): Promise<void> {
    await page.close()
    const complaints = this.#complaints.splice(0)
    if (complaints.length > 0) throw new Error(`The page complains: ${complaints.join(', ')}`)
  }
}

/** The page, and what is done with it. */
export class DemoPage {
  readonly page: Page
  readonly #origin: string
  /** What was sent to models over WebSockets. */
  sent: string[] = []

  constructor(page: Page, origin: string) {
    this.page = page
    this.#origin = origin
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => this.sent.push(payload.toString()))
    })
  }

  /** Loads it, or loads it anew. */
  async load(): Promise<void> {
    await this.page.goto(this.#origin)
    await this.page.selectOption('#microphone', 'none')
    await this.page.waitForSelector('#model option', { state: 'attached' })
  }

  async choose(agent: string, model: string): Promise<void> {
    await this.page.selectOption('#agent', { label: agent })
    await this.page.selectOption('#model', { label: model })
  }

  async say(text: string): Promise<void> {
    await this.page.fill('#message', text)
    await this.page.press('#message', 'Enter')
  }

  async textOf(selector: string): Promise<string> {
    return (await this.page.textContent(selector)) ?? ''
  }

  /** Waits until the agent has said all that it has to say. */
  async listening(): Promise<void> {
    await this.page.waitForSelector('.stage[data-state=listening]', WAIT)
  }

  /** Parts of the page that are wider than the room they have, the page itself included. */
  async tooWide(): Promise<string[]> {
    return this.page.evaluate(() =>
      ['html', '.stage', '.transcript', '.talk', '.panels'].filter((selector) => {
        const part = document.querySelector(selector)
        return !part || part.scrollWidth > part.clientWidth
      }),
    )
  }
}
