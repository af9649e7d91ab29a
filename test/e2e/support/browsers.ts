import type { TabBrowser } from '../../support/tab.ts'
import { launchFirefox } from '../../support/firefox.ts'
import { launchChromium } from './chromium.ts'

/** A browser that something is proved in. */
interface TestedBrowser {
  readonly name: string
  /** Whether `npm test` found it. */
  readonly isThere: boolean
  readonly launch: () => Promise<TabBrowser>
}

const firefoxPath = process.env.FIREFOX_PATH

export const chromium: TestedBrowser = {
  name: 'Chromium',
  isThere: true,
  launch: async () => launchChromium(),
}

export const firefox: TestedBrowser = {
  name: 'Firefox',
  isThere: firefoxPath !== undefined,
  launch: async () => launchFirefox({ executablePath: firefoxPath ?? 'firefox' }),
}
