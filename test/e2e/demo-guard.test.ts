import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DemoPage, DemoRig, WAIT } from './support/demo-rig.ts'

const WEB_SOCKET = 'OpenAI Realtime over WebSocket'

let rig: DemoRig
let demo: DemoPage

beforeAll(async () => {
  rig = await DemoRig.open(5360)
})

afterAll(async () => rig?.close())

beforeEach(async () => {
  demo = await rig.openPage()
})

afterEach(async () => rig.closePage(demo))

describe('The storyteller', () => {
  test.each([WEB_SOCKET, 'Gemini Live over WebSocket', 'Nova 2 Sonic direct'])(
    'is kept from saying a word by %s, and says something else',
    async (model) => {
      await demo.choose('Storyteller', model)
      await demo.say('Tell me a story.')
      await expect
        .poll(() => demo.textOf('#lines'), WAIT)
        .toContain('The guard withheld what came next: no monsters before bedtime.')
      await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('not for tonight.')
      await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('Sleep well.')
      await demo.listening()
      expect(await demo.page.locator('.guarded').count()).toBe(1)
      expect(await demo.textOf('body')).not.toMatch(/dragon/i)
    },
  )

  test('is not offered a model whose voice it cannot guard', async () => {
    const { page } = demo
    await page.selectOption('#agent', { label: 'Storyteller' })
    expect(await page.inputValue('#model')).toBe(WEB_SOCKET)
    expect(await page.locator('#model option:disabled').allTextContents()).toEqual([
      'OpenAI Realtime over WebRTC',
      'OpenAI Live over WebRTC',
    ])
    await page.selectOption('#agent', { label: 'Travel guide' })
    expect(await page.locator('#model option:disabled').count()).toBe(0)
  })
})
