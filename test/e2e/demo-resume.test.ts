import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type DemoPage, DemoRig, WAIT } from './support/demo-rig.ts'

const WEB_SOCKET = 'OpenAI Realtime over WebSocket'

let rig: DemoRig
let demo: DemoPage

beforeAll(async () => {
  rig = await DemoRig.open(5370)
})

afterAll(async () => rig?.close())

beforeEach(async () => {
  demo = await rig.openPage()
})

afterEach(async () => rig.closePage(demo))

test('A conversation goes on after a reload: the model knows it, and it is shown', async () => {
  const { page } = demo
  await demo.choose('Front desk', WEB_SOCKET)
  expect(await page.isVisible('#past')).toBe(false)
  await demo.say('Prepare my room.')
  await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('The room is ready.')
  await demo.listening()

  await demo.load()
  await page.waitForSelector('#past:not([hidden])')
  expect(await demo.textOf('#past-about')).toContain('The room is ready.')
  demo.sent = []
  await page.selectOption('#model', { label: WEB_SOCKET })
  await page.click('#past-continue')
  await demo.listening()
  expect(await page.inputValue('#agent')).toBe('front-desk')
  expect(await page.isVisible('#past')).toBe(false)
  expect(await page.locator('.past-line').allTextContents()).toEqual([
    'YouPrepare my room.',
    'The agent called prepare_room {}',
    'Front deskHere is what I found: The room is ready.',
  ])
  const told = demo.sent.filter((message) => message.includes('conversation.item.create')).join('\n')
  expect(told).toContain('Prepare my room.')
  expect(told).toContain('prepare_room')
  expect(told).toContain('Here is what I found: The room is ready.')

  await demo.say('Book a table for 3.')
  await page.waitForSelector('.approval', WAIT)
  await demo.load()
  expect(await demo.textOf('#past-about')).toContain('Book a table for 3.')
})

test('A conversation that is forgotten is not offered any more', async () => {
  const { page } = demo
  await demo.choose('Travel guide', WEB_SOCKET)
  await demo.say('Hello')
  await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('Hello! I am your guide')
  await page.click('#start')
  await page.waitForSelector('#past:not([hidden])')
  await page.click('#past-forget')
  expect(await page.isVisible('#past')).toBe(false)
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('start')
  await demo.load()
  expect(await page.isVisible('#past')).toBe(false)
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
})
