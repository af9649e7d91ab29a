import { afterAll, beforeAll, expect, test } from 'vitest'
import { DemoRig, WAIT } from './support/demo-rig.ts'
import { writeMicrophoneWav } from './support/microphone-wav.ts'

let rig: DemoRig

beforeAll(async () => {
  const said = [{ atMs: 1500, text: 'Hello can you hear me over there' }]
  rig = await DemoRig.open(5380, { microphoneWav: await writeMicrophoneWav(said, 16_000) })
})

afterAll(async () => rig?.close())

test.each(['OpenAI Realtime over WebRTC', 'Gemini Live over WebSocket', 'Nova 2 Sonic direct'])(
  'The front desk, spoken to by way of %s, asks before it books',
  async (model) => {
    const demo = await rig.openPage()
    const { page } = demo
    await page.selectOption('#microphone', 'default')
    await demo.choose('Front desk', model)
    await page.click('#start')
    await page.waitForSelector('.approval', WAIT)
    await page.click('.button-approve')
    await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('The table is booked: 2 at Da Marta')
    await rig.closePage(demo)
  },
)

test('The storyteller, spoken to, is kept from saying a word', async () => {
  const demo = await rig.openPage()
  const { page } = demo
  await page.selectOption('#microphone', 'default')
  await demo.choose('Storyteller', 'OpenAI Realtime over WebSocket')
  await page.click('#start')
  await page.waitForSelector('.guarded', WAIT)
  expect(await demo.textOf('body')).not.toMatch(/dragon/i)
  await rig.closePage(demo)
})
