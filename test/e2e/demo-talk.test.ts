import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type DemoPage, DemoRig, WAIT } from './support/demo-rig.ts'

const WEB_SOCKET = 'OpenAI Realtime over WebSocket'

let rig: DemoRig
let demo: DemoPage

beforeAll(async () => {
  rig = await DemoRig.open(5350)
})

afterAll(async () => rig?.close())

beforeEach(async () => {
  demo = await rig.openPage()
})

afterEach(async () => rig.closePage(demo))

test('The caption marks one word after the other, and is not read out', async () => {
  const { page } = demo
  await demo.choose('Travel guide', WEB_SOCKET)
  await page.evaluate(() => {
    const seen: string[] = []
    Reflect.set(window, 'seen', seen)
    const caption = document.querySelector('#caption')
    const note = (): void => {
      const words = caption?.querySelectorAll('.now') ?? []
      if (words.length > 1) seen.push('two at once')
      for (const word of words) if (seen.at(-1) !== word.textContent) seen.push(word.textContent)
    }
    if (caption)
      new MutationObserver(note).observe(caption, { attributes: true, childList: true, subtree: true })
  })
  await demo.say('Tell me about Rome.')
  await page.waitForSelector('.stage[data-state=speaking]', WAIT)
  await demo.listening()
  const seen = await page.evaluate(() => Reflect.get(window, 'seen') as string[])
  const said = (await demo.textOf('.line[data-role=agent] .heard')).split(/\s+/)
  expect(said.length).toBeGreaterThan(8)
  expect(seen).not.toContain('two at once')
  // A word that is shorter than what there is between two reports may be passed over.
  expect(seen.length).toBeGreaterThan(said.length / 2)
  const rest = seen.reduce((words, word) => words.slice(words.indexOf(word) + 1 || Infinity), said)
  expect(seen.at(-1)).toBe(said.at(-1))
  expect(rest).toEqual([])
  expect(await page.getAttribute('#caption', 'aria-hidden')).toBe('true')
  expect(await demo.textOf('#caption')).toBe('')
})

test('A tool that works is heard to tick, unless that is turned off', async () => {
  const { page } = demo
  await demo.choose('Front desk', WEB_SOCKET)
  await page.evaluate(() => {
    const volumes: number[] = []
    Reflect.set(window, 'volumes', volumes)
    const { prototype } = AudioParam
    const fade = Reflect.get(prototype, 'setTargetAtTime') as CallableFunction
    Reflect.set(prototype, 'setTargetAtTime', function (this: AudioParam, ...args: number[]): unknown {
      volumes.push(args[0] ?? 0)
      return Reflect.apply(fade, this, args)
    })
  })
  const volumes = (): Promise<number[]> =>
    page.evaluate(() => (Reflect.get(window, 'volumes') as number[]).splice(0))
  await demo.say('Prepare my room.')
  await expect.poll(() => demo.textOf('#lines'), WAIT).toContain('The room is ready.')
  expect(await volumes()).toContain(0.2)
  await page.uncheck('#thinking-sound')
  await demo.listening()
  await volumes()
  await demo.say('Prepare my room.')
  await expect.poll(() => page.locator('.progress').count(), WAIT).toBe(6)
  await expect.poll(() => page.locator('.direction', { hasText: 'which takes' }).count(), WAIT).toBe(2)
  const later = await volumes()
  expect(later.length).toBeGreaterThan(0)
  expect(later.every((volume) => volume === 0)).toBe(true)
})

test('All of it fits a phone, in both schemes', async () => {
  const { page } = demo
  await demo.choose('Front desk', WEB_SOCKET)
  await demo.say('Prepare my room.')
  await expect.poll(() => demo.page.locator('.progress').count(), WAIT).toBe(1)
  await demo.say('Book a table for 2.')
  await page.waitForSelector('.approval', WAIT)
  for (const shows of ['.approval', '.stage[data-state=speaking] .caption-word', '#past:not([hidden])']) {
    if (shows.startsWith('.stage')) await page.click('.button-approve')
    if (shows.startsWith('#past')) await page.click('#start')
    await page.waitForSelector(shows, WAIT)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 800 })
        expect(await demo.tooWide()).toEqual([])
      }
    }
  }
})
