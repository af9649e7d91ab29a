import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { retriesOver } from '../support/call-retries.ts'
import { type DemoPage, DemoRig, WAIT } from './support/demo-rig.ts'

let rig: DemoRig
let demo: DemoPage

beforeAll(async () => {
  rig = await DemoRig.open(5390)
})

afterAll(async () => rig?.close())

beforeEach(async () => {
  demo = await rig.openPage()
})

afterEach(async () => rig.closePage(demo))

const WEB_SOCKET = 'OpenAI Realtime over WebSocket'
const GEMINI = 'Gemini Live over WebSocket'
const MODELS = [
  'OpenAI Realtime over WebRTC',
  WEB_SOCKET,
  'OpenAI Live over WebRTC',
  GEMINI,
  'Nova 2 Sonic direct',
  'Nova 2 Sonic over a bridge',
]

test('The page offers every model, and every way to it', async () => {
  expect(await demo.page.locator('#model option').allTextContents()).toEqual(MODELS)
})

for (const model of MODELS) {
  test(`The travel guide answers by way of ${model}`, { retry: retriesOver(model) }, async () => {
    const { page } = demo
    await demo.choose('Travel guide', model)
    await demo.say('What is the weather in Rome?')
    // A call on a busy machine has pauses, and in full duplex a line ends at each.
    await expect.poll(() => demo.textOf('#lines'), WAIT).toMatch(/sunny,.*24.*degrees/)
    expect(await page.isDisabled('#agent')).toBe(true)
    expect(await demo.textOf('#banner')).toBe('')
  })
}

test.each([
  [WEB_SOCKET, GEMINI],
  ['Nova 2 Sonic direct', WEB_SOCKET],
])('After %s, %s goes on with the conversation', async (before, after) => {
  const { page } = demo
  await demo.choose('Travel guide', before)
  await demo.say('What is the weather in Rome?')
  await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('sunny, 24 degrees')
  demo.sent = []
  await page.selectOption('#model', { label: after })
  expect(await demo.textOf('#model-hint')).toBe(`${after} takes over as soon as nobody speaks.`)
  await expect.poll(() => demo.textOf('#announcer'), WAIT).toContain(`${after} has taken over.`)
  expect(await page.inputValue('#model')).toBe(after)
  expect(demo.sent.join('\n')).toContain('sunny, 24 degrees')
  await demo.say('What is the weather in Paris?')
  await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('overcast and calm')
  expect(await demo.textOf('#banner')).toBe('')
  expect(await demo.textOf('#lines')).not.toContain('A new conversation.')
})

test('The old model goes on if the new one cannot be reached', async () => {
  const { page } = demo
  const error = 'The key was withdrawn.'
  await page.route('**/token/gemini', (route) => route.fulfill({ status: 502, json: { error } }))
  await demo.choose('Travel guide', WEB_SOCKET)
  await demo.say('Hello')
  await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('Hello! I am your guide')
  await demo.listening()
  await page.selectOption('#model', { label: GEMINI })
  await expect.poll(() => demo.textOf('#banner'), WAIT).toContain(error)
  await expect.poll(() => page.inputValue('#model')).toBe(WEB_SOCKET)
  await demo.say('What is the weather in Paris?')
  await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('overcast and calm')
})
