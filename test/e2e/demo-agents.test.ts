import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DemoPage, DemoRig, WAIT } from './support/demo-rig.ts'

const WEB_SOCKET = 'OpenAI Realtime over WebSocket'

let rig: DemoRig
let demo: DemoPage

beforeAll(async () => {
  rig = await DemoRig.open(5340)
})

afterAll(async () => rig?.close())

beforeEach(async () => {
  demo = await rig.openPage()
})

afterEach(async () => rig.closePage(demo))

describe('The front desk', () => {
  beforeEach(async () => demo.choose('Front desk', WEB_SOCKET))

  test('books what was approved by keyboard', async () => {
    const { page } = demo
    await demo.say('Book a table for 4.')
    await page.waitForSelector('.approval', WAIT)
    expect(await page.locator('.approval dd').allTextContents()).toEqual(['Da Marta', '4', '19:00'])
    await expect.poll(() => demo.textOf('#announcer')).toContain('Approval needed: Book table, Restaurant')
    expect(await demo.textOf('#lines')).not.toContain('which takes')
    await page.focus('#start')
    await page.keyboard.press('a')
    expect(await demo.textOf(':focus')).toBe('Approve')
    await page.keyboard.press('Enter')
    await expect.poll(() => demo.textOf('.line[data-role=agent] .words'), WAIT).toContain('4 at Da Marta')
    expect(await page.locator('.approval').count()).toBe(0)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('message')
  })

  test('does not book what was declined', async () => {
    const { page } = demo
    await demo.say('Book a table for 2.')
    await page.waitForSelector('.approval', WAIT)
    // The card stands before the suggestions and the message box.
    await page.focus('#suggestions button')
    await page.keyboard.press('Shift+Tab')
    expect(await demo.textOf(':focus')).toBe('Decline')
    await page.keyboard.press('Space')
    await expect.poll(() => demo.textOf('.direction')).toContain('which fails: The user refused')
    await expect.poll(() => demo.textOf('.line[data-role=agent] .words'), WAIT).not.toBe('')
    expect(await demo.textOf('#lines')).not.toContain('The table is booked')
    expect(await demo.textOf('#banner')).toBe('')
  })

  test('takes the question back when the call is cancelled', async () => {
    const { page } = demo
    await demo.say('Book a table for 2.')
    await page.waitForSelector('.approval', WAIT)
    await page.focus('.approval button')
    await demo.page.keyboard.press('Escape')
    await page.waitForSelector('.approval', { state: 'detached' })
    await expect
      .poll(() => demo.textOf('.direction'))
      .toContain('which fails: Tool "book_table" was cancelled')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('message')
  })

  test('tells how far long work is', async () => {
    await demo.say('Prepare my room.')
    await expect.poll(() => demo.textOf('.progress'), WAIT).toBe('The window is open.')
    await expect.poll(() => demo.page.locator('.progress').count(), WAIT).toBe(3)
    await expect
      .poll(() => demo.textOf('.line[data-role=agent] .words'), WAIT)
      .toContain('The room is ready.')
  })
})

describe.each([
  WEB_SOCKET,
  'OpenAI Realtime over WebRTC',
  'Gemini Live over WebSocket',
  'Nova 2 Sonic direct',
])('With %s', (model) => {
  test('the front desk hands over to the concierge, who greets', async () => {
    const { page } = demo
    await demo.choose('Front desk', model)
    await demo.say('The concierge, please.')
    await expect.poll(() => demo.textOf('#agent-name'), WAIT).toBe('Concierge')
    await expect.poll(() => demo.textOf('.handover')).toBe('Handed over to Concierge.')
    await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('Good evening, this is the concierge.')
    expect(await page.locator('.speaker').last().textContent()).toBe('Concierge')
    expect(await demo.textOf('#suggestions')).toContain('Back to the front desk.')
    expect(await demo.textOf('#banner')).toBe('')
  })
})
