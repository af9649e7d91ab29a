import { resolve } from 'node:path'
import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../e2e/support/chromium.ts'
import { serveStatic, type StaticServer } from '../e2e/support/static-server.ts'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import { bundlers } from './bundlers.ts'
import { packPackage, type PackedPackage } from './packed-package.ts'

const ROOT = resolve(import.meta.dirname, '../..')

const simulator = createOpenAISimulator({ reply: () => ({ items: [{ type: 'message', text: 'Yes.' }] }) })
let url: string
let packed: PackedPackage
let site: StaticServer
let elsewhere: StaticServer
let browser: Browser

/** Asks something of a model whose engine runs in a Worker; gives where it ran, and the answer. */
const conversation = (from: (entry: string) => string): string => `
  import { Agent, RealTimePipeline } from '${from('index')}'
  import { OpenAIRealtime } from '${from('openai')}'
  import { engineWorker } from '${from('worker')}'
  window.converse = async (url) => {
    const thread = engineWorker()
    const model = new OpenAIRealtime({ auth: () => 'ek_test', model: 'gpt-realtime-2.1', transport: 'websocket', url })
    const agent = new Agent({ instructions: 'Be brief.' })
    const pipeline = new RealTimePipeline({ model, agent, thread, microphone: false })
    const answer = new Promise((resolve, reject) => {
      pipeline.on('error', reject)
      pipeline.on('transcript', ({ role, final, heardText }) => {
        if (role === 'agent' && final) resolve(heardText)
      })
    })
    await pipeline.start()
    await pipeline.sendMessage('Hello.')
    const heard = await answer
    await pipeline.close()
    return { chosen: thread.chosen, heard }
  }`

beforeAll(async () => {
  ;({ url } = await simulator.listen())
  packed = packPackage()
  site = await serveStatic(ROOT)
  elsewhere = await serveStatic(ROOT, { 'access-control-allow-origin': '*' })
  browser = await launchChromium({ extraArgs: ['--autoplay-policy=no-user-gesture-required'] })
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([simulator.close(), site?.close(), elsewhere?.close()])
  packed?.remove()
})

/** Runs it in a page of the site's. */
async function converse(content: string, type: 'module' | 'text/javascript'): Promise<unknown> {
  const page = await browser.newPage()
  try {
    await page.goto(`${site.url}/test/e2e/pages/blank.html`)
    await page.addScriptTag({ content, type })
    await page.waitForFunction(() => 'converse' in window)
    return await page.evaluate(
      async (address) => (window as unknown as { converse(url: string): Promise<unknown> }).converse(address),
      url,
    )
  } finally {
    await page.close()
  }
}

const inWorker = { chosen: 'worker', heard: expect.stringMatching(/\w/) as string }

test.each(bundlers)('%s takes the Worker along', async (_name, bundle) => {
  packed.write(
    'worker.js',
    conversation((entry) => (entry === 'index' ? 'vivavoce' : `vivavoce/${entry}`)),
  )
  expect(await converse(await bundle(packed.project, 'worker.js'), 'text/javascript')).toEqual(inWorker)
})

test('modules of another origin bring the Worker', async () => {
  const source = conversation((entry) => `${elsewhere.url}/dist/${entry}.js`)
  expect(await converse(source, 'module')).toEqual(inWorker)
})
