import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGeminiSimulator } from '../simulators/gemini/index.ts'
import { createNovaSonicSimulator } from '../simulators/nova-sonic/index.ts'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import type { ModelPlan } from './pages/worker-models.ts'
import { launchChromium } from './support/chromium.ts'
import { hostSources, type SdkHost } from './support/conversation-page.ts'

const openai = createOpenAISimulator()
const gemini = createGeminiSimulator()
const nova = createNovaSonicSimulator()

const plans: readonly (() => Promise<ModelPlan>)[] = [
  async () => ({
    name: 'OpenAIRealtime',
    options: { model: 'gpt-realtime-2.1', transport: 'websocket', url: (await openai.listen()).url },
    credential: 'ek_test',
  }),
  async () => ({
    name: 'GeminiRealtime',
    options: { model: 'gemini-3.8-live', url: (await gemini.listen()).url },
    credential: gemini.mintToken(),
  }),
  async () => ({
    name: 'NovaSonicRealtime',
    options: { region: 'us-east-1', url: (await nova.listen()).url },
    credential: nova.mintCredentials(),
  }),
]

let host: SdkHost
let browser: Browser
let page: Page

beforeAll(async () => {
  host = await hostSources()
  browser = await launchChromium({ extraArgs: ['--autoplay-policy=no-user-gesture-required'] })
  page = await browser.newPage()
  await page.goto(new URL('/test/e2e/pages/worker-models.html', host.pageUrl).href)
  await page.waitForFunction(() => 'exchange' in window)
})

afterAll(async () => {
  await browser?.close()
  await host?.close()
  await Promise.all([openai.close(), gemini.close(), nova.close()])
})

it.each(plans)('a model in a Worker asks the page for a token and for tools', async (planOf) => {
  const plan = await planOf()
  const { chosen, asked, answer } = await page.evaluate(async (given) => window.exchange(given), plan)
  expect(chosen).toBe('worker')
  expect(asked).toEqual(['Rome'])
  expect(answer).toContain('Rome')
})

it('a model in a Worker asks the guard of the page', async () => {
  const simulator = createOpenAISimulator()
  const plan: ModelPlan = {
    name: 'OpenAIRealtime',
    options: { model: 'gpt-realtime-2.1', transport: 'websocket', url: (await simulator.listen()).url },
    credential: 'ek_test',
    guarded: true,
  }
  const { answer, guarded } = await page.evaluate(async (given) => window.exchange(given), plan)
  await simulator.close()
  expect(guarded).toEqual(['a city'])
  expect(answer).not.toContain('Rome')
})
