import { resolve } from 'node:path'
import type { Page } from 'playwright'
import { createServer } from 'vite'
import type { PipelineEvents, RealTimePipeline } from '../../../src/index.ts'
import type { Tab, TabBrowser } from '../../support/tab.ts'
import { serveStatic } from './static-server.ts'

/** An event that the page noted. */
export type PageEvent = { readonly name: keyof PipelineEvents | 'startFailed'; readonly at: number } & Record<
  string,
  unknown
>

/** Where a page imports the SDK from. */
export interface SdkHost {
  /** The test page, its `sdk` and `openai` given. */
  readonly pageUrl: string
  close(): Promise<void>
}

const ROOT = resolve(import.meta.dirname, '../../..')
const PAGE = '/test/e2e/pages/conversation.html'

/** The sources, through Vite's dev server. */
export async function hostSources(): Promise<SdkHost> {
  const server = await createServer({
    root: ROOT,
    configFile: resolve(ROOT, 'vite.config.ts'),
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1', hmr: false },
  })
  await server.listen()
  const base = server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? ''
  return {
    pageUrl: `${base}${PAGE}?sdk=/src/index.ts&openai=/src/providers/openai/index.ts&worker=/src/worker/index.ts`,
    close: () => server.close(),
  }
}

/** What isolates the pages of a site from others, for {@link hostBuild}. */
export const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** The built files, as they are, with no bundler. */
export async function hostBuild(headers: Record<string, string> = {}): Promise<SdkHost> {
  const server = await serveStatic(ROOT, headers)
  return {
    pageUrl: `${server.url}${PAGE}?sdk=/dist/index.js&openai=/dist/openai.js&worker=/dist/worker.js`,
    close: () => server.close(),
  }
}

interface PageWindow {
  readonly pipeline: RealTimePipeline
}

/** Options of the page besides where it imports from. */
export interface PageQuery {
  /** The model's URL. */
  readonly url: string
  readonly token?: string
  /** Default `websocket`. */
  readonly transport?: 'webrtc' | 'websocket'
  /** How long the tool takes, ms. */
  readonly toolMs?: string
  /** Who finds turns. Default: the service. */
  readonly turns?: 'manual'
  readonly microphone?: 'off'
  readonly speaker?: 'off'
  /** Where the engine runs. Default `main`. */
  readonly thread?: 'main' | 'worker'
  /** Where the engine's Worker is loaded from. Default: it comes with the package. */
  readonly workerUrl?: string
  /** Whether the worklets are loaded from files of the site. */
  readonly worklets?: 'files'
}

/** A page that holds a conversation, and what it noted. */
export class ConversationPage<Opened extends Tab = Page> {
  readonly page: Opened

  private constructor(page: Opened) {
    this.page = page
  }

  /** Opens the page; `prepare` runs before it loads. */
  static async open<Opened extends Tab>(
    browser: TabBrowser<Opened>,
    host: SdkHost,
    { token = 'ek_test', ...query }: PageQuery,
    prepare?: (page: Opened) => Promise<void>,
  ): Promise<ConversationPage<Opened>> {
    const page = await browser.newPage({ permissions: ['microphone'] })
    await prepare?.(page)
    await page.goto(`${host.pageUrl}&${new URLSearchParams({ token, ...query }).toString()}`)
    await page.waitForFunction(() => 'ready' in window)
    return new ConversationPage(page)
  }

  /** Starts the pipeline as a user does, and waits until it listens or says why it cannot. */
  async start(): Promise<void> {
    await this.page.click('#start')
    await this.until((events) =>
      events.some(({ name, state }) => name === 'startFailed' || state === 'listening'),
    )
  }

  /** Sends a typed message. */
  async send(text: string): Promise<void> {
    await this.page.evaluate(
      (message) => (window as unknown as PageWindow).pipeline.sendMessage(message),
      text,
    )
  }

  /** Interrupts as an application does. */
  async interrupt(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as PageWindow).pipeline.interrupt())
  }

  /** Gives the model silence instead of the microphone. */
  async mute(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as PageWindow).pipeline.mute())
  }

  /** Gives it the microphone again. */
  async unmute(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as PageWindow).pipeline.unmute())
  }

  async close(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as PageWindow).pipeline.close())
    await this.page.close()
  }

  async events(): Promise<PageEvent[]> {
    return this.page.evaluate(() => (window as unknown as { events: PageEvent[] }).events)
  }

  /** The events of one name. */
  async named(name: PageEvent['name']): Promise<PageEvent[]> {
    return (await this.events()).filter((event) => event.name === name)
  }

  /** Waits until the events fulfil a condition, and gives them. */
  async until(
    condition: (events: readonly PageEvent[]) => boolean,
    timeoutMs = 20_000,
  ): Promise<PageEvent[]> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const events = await this.events()
      if (condition(events)) return events
      if (Date.now() > deadline) {
        const names = events.map(({ name, state, code }) => JSON.stringify([name, state, code])).join(', ')
        throw new Error(`It did not happen within ${timeoutMs} ms; what happened: ${names}`)
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 50)
      })
    }
  }
}
