import { chromium, type Page } from 'playwright'
import { launchFirefox } from '../../support/firefox.ts'
import type { Tab, TabBrowser } from '../../support/tab.ts'
import { Lab } from './lab.ts'
import { bundlePages } from './page-bundle.ts'
import { servePages, type PageServer } from './page-server.ts'

/** What {@link Labs} are made with. */
export interface LabsSetup {
  readonly root: string
  /** Whether the peers are installed. */
  readonly withPeers: boolean
  readonly seed: number
  readonly remark: (text: string) => void
  readonly chromiumPath: () => Promise<string>
  /** Undefined: there is none. */
  readonly firefoxPath: () => Promise<string | undefined>
}

/** The browsers of a run, and the pages that each of them loads. */
export class Labs {
  /** What was measured in, with versions. */
  readonly names: string[] = []
  readonly #setup: LabsSetup
  #pages: Promise<PageServer> | undefined
  #chromium: Promise<{ readonly browser: TabBrowser<Page>; readonly lab: Lab<Page> }> | undefined

  constructor(setup: LabsSetup) {
    this.#setup = setup
  }

  /** It stays until the end. */
  async chromium(): Promise<Lab<Page>> {
    this.#chromium ??= this.#setup.chromiumPath().then(async (path) => {
      const browser = await launchChromium(path)
      return { browser, lab: await this.#open('Chromium', browser) }
    })
    return (await this.#chromium).lab
  }

  /** Does something with a Firefox that is there as long as this takes. */
  async inFirefox<T>(work: (lab: Lab) => Promise<T>): Promise<T | undefined> {
    const executablePath = await this.#setup.firefoxPath()
    if (executablePath === undefined) {
      this.#setup.remark('There is no Firefox with a PulseAudio here: nothing was measured in it.')
      return undefined
    }
    const browser = await launchFirefox({ executablePath, autoplay: true })
    try {
      return await work(await this.#open('Firefox', browser))
    } finally {
      await browser.close()
    }
  }

  async close(): Promise<void> {
    await (await this.#chromium)?.browser.close()
    ;(await this.#pages)?.close()
  }

  async #open<Opened extends Tab>(name: string, browser: TabBrowser<Opened>): Promise<Lab<Opened>> {
    const { root, withPeers, seed, remark } = this.#setup
    this.#pages ??= bundlePages(root, withPeers).then(servePages)
    this.names.push(`${name} ${browser.version()}`)
    const { url } = await this.#pages
    return new Lab({ browser, url, seed, remark: (text) => remark(`${text} (${name})`) })
  }
}

async function launchChromium(executablePath: string): Promise<TabBrowser<Page>> {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
    ],
  })
  const context = await browser.newContext({ permissions: ['microphone'] })
  // Holds the window open, which would take its time to open for each page.
  await context.newPage()
  return {
    newPage: async () => context.newPage(),
    version: () => browser.version(),
    isConnected: () => browser.isConnected(),
    close: async () => browser.close(),
  }
}
