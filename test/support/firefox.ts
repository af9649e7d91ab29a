import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, type Browser, type Page } from 'puppeteer-core'
import { openNullSink } from './null-sink.ts'
import type { Tab, TabBrowser } from './tab.ts'

/** A microphone that hums, and that nobody is asked for. */
const MICROPHONE = { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true }
const AUTOPLAY = { 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 }

/** How {@link launchFirefox} starts it. */
export interface FirefoxOptions {
  readonly executablePath: string
  /** Whether a page may sound before its user has clicked. Default: no. */
  readonly autoplay?: boolean
}

/** Starts a headless Firefox, whose sound goes to a device of its own. */
export async function launchFirefox({ executablePath, autoplay }: FirefoxOptions): Promise<TabBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'vivavoce-firefox-'))
  const sink = await openNullSink(folder)
  const cleanUp = async (): Promise<void> => {
    await sink.close()
    await rm(folder, { recursive: true, force: true })
  }
  let browser: Browser
  try {
    browser = await launch({
      browser: 'firefox',
      executablePath,
      env: { ...process.env, ...sink.env },
      extraPrefsFirefox: { ...MICROPHONE, ...(autoplay ? AUTOPLAY : {}) },
    })
  } catch (error) {
    await cleanUp()
    throw error
  }
  const version = (await browser.version()).replace(/^\D*/, '')
  return {
    newPage: async () => tabOf(await browser.newPage()),
    version: () => version,
    isConnected: () => browser.connected,
    async close() {
      await browser.close()
      await cleanUp()
    },
  }
}

function tabOf(page: Page): Tab {
  return {
    evaluate: async <Result>(work: (...given: never[]) => Result | Promise<Result>, ...given: unknown[]) =>
      (await page.evaluate(work as (...given: unknown[]) => unknown, ...given)) as Result,
    addInitScript: async (script) => page.evaluateOnNewDocument(script),
    goto: async (url) => page.goto(url),
    waitForFunction: async (condition) => page.waitForFunction(condition),
    click: async (selector) => page.click(selector),
    close: async () => page.close(),
  }
}
