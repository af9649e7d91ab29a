import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { transform } from 'esbuild'
import { expect, it } from 'vitest'
import { resample } from '../simulators/resample.ts'
import { findIn } from '../support/correlation.ts'
import { installTaps, readTap } from './support/audio-tap.ts'
import { launchChromium } from './support/chromium.ts'
import { writeMicrophoneWav } from './support/microphone-wav.ts'
import { serveStatic } from './support/static-server.ts'

const ROOT = resolve(import.meta.dirname, '../..')

it('The model of the README holds a conversation in about 30 lines', async () => {
  const readme = await readFile(resolve(ROOT, 'README.md'), 'utf8')
  const [, source = ''] = /<!-- The test suite runs this block. -->\n```ts\n(.*?)```/s.exec(readme) ?? []
  expect(source.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(35)
  const { code } = await transform(source, { loader: 'ts', target: 'es2022' })

  const server = await serveStatic(ROOT)
  const microphoneWav = await writeMicrophoneWav([{ atMs: 800, text: 'Polly wants a cracker' }], 6000)
  const browser = await launchChromium({
    microphoneWav,
    extraArgs: ['--autoplay-policy=no-user-gesture-required'],
  })
  try {
    const page = await browser.newPage({ permissions: ['microphone'] })
    await installTaps(page)
    await page.goto(`${server.url}/test/e2e/pages/blank.html`)
    const script = `${code}
      import { Agent, RealTimePipeline } from 'vivavoce'
      const states = []
      const pipeline = new RealTimePipeline({ model: new ParrotModel(), agent: new Agent({ instructions: '' }) })
      pipeline.on('stateChanged', ({ state }) => states.push(state))
      await pipeline.start()
      Object.assign(window, { states })`
    await page.addScriptTag({ type: 'module', content: script })
    await page.waitForFunction(() => {
      const { states } = window as unknown as { states?: string[] }
      return states?.includes('speaking') && states.at(-1) === 'listening'
    })
    const microphone = await readTap(page, 'microphone')
    const speaker = await readTap(page, 'speaker')
    const said = (samples: Float32Array): Int16Array => Int16Array.from(samples, (sample) => sample * 32_767)
    const heard = resample(said(microphone.samples), microphone.sampleRate, 16_000)
    const played = resample(said(speaker.samples), speaker.sampleRate, 16_000)
    // Two seconds about the loudest moment of what was said.
    const loudest = heard.indexOf(heard.reduce((a, b) => Math.max(a, b)))
    const phrase = heard.subarray(Math.max(0, loudest - 8000), loudest + 8000)
    expect(findIn(played, phrase).coefficient).toBeGreaterThan(0.95)
  } finally {
    await browser.close()
    await server.close()
  }
})
