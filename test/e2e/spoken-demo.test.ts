import type { Browser, Page } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { launchChromium } from './support/chromium.ts'
import { writeMicrophoneWav } from './support/microphone-wav.ts'

const WAIT = { timeout: 40_000 }
const KEYS = ['OPENAI_API_KEY', 'GEMINI_API_KEY', 'AWS_ACCESS_KEY_ID']

let server: ViteDevServer
let origin: string
let browser: Browser

beforeAll(async () => {
  for (const key of KEYS) vi.stubEnv(key, '')
  server = await createServer({
    configFile: 'vite.config.ts',
    logLevel: 'silent',
    server: { host: '127.0.0.1', port: 5330, hmr: false, watch: null },
  })
  await server.listen()
  origin = new URL(server.resolvedUrls?.local[0] ?? '').origin
  const microphoneWav = await writeMicrophoneWav(
    [{ atMs: 1500, text: 'Hello can you hear me over there' }],
    16_000,
  )
  browser = await launchChromium({ microphoneWav })
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  vi.unstubAllEnvs()
})

async function open(model: string): Promise<Page> {
  const context = await browser.newContext({
    permissions: ['microphone', 'clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  await page.goto(origin)
  await page.selectOption('#model', { label: model })
  await page.click('#start')
  return page
}

// OpenAI's conversations have tests of their own.
describe.each(['Gemini Live over WebSocket', 'Nova 2 Sonic direct', 'Nova 2 Sonic over a bridge'])(
  'The demo, speaking to %s',
  (model) => {
    it('hears the user, answers aloud, and is ready for the next turn', async () => {
      const page = await open(model)
      await page.waitForSelector('.line[data-role=user]', WAIT)
      await page.waitForSelector('.stage[data-state=speaking]', WAIT)
      await page.waitForFunction(
        () => Number(document.querySelector('#agent-level')?.getAttribute('aria-valuenow')) > 0,
        undefined,
        WAIT,
      )
      await page.waitForSelector('.line[data-role=agent][data-final=true]', WAIT)
      await page.waitForSelector('.stage[data-state=listening]', WAIT)
      expect(await page.textContent('.line[data-role=agent] .unheard')).toBe('')
      expect(await page.textContent('#banner')).toBe('')
      await page.context().close()
    })
  },
)

it('A report says what happened, and nothing that was said', async () => {
  const page = await open('Nova 2 Sonic direct')
  await page.waitForSelector('.line[data-role=agent][data-final=true]', WAIT)
  await page.click('.events summary')
  await page.click('#event-copy')
  await expect.poll(() => page.textContent('#announcer')).toContain('copied')
  const report = await page.evaluate(() => navigator.clipboard.readText())
  expect(report).toMatch(/^Nova 2 Sonic direct, amazon\.nova-2-sonic-v1:0, /)
  expect(report).toContain('state: connecting → listening')
  const said = (await page.textContent('.line[data-role=agent] .heard')) ?? ''
  expect(said).not.toBe('')
  expect(report).not.toContain(said)
  await page.context().close()
})
