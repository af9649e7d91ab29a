import { resolve } from 'node:path'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClientEvent } from '../../src/providers/nova-sonic/wire.ts'
import { createNovaSonicSimulator, type NovaSonicSimulator } from '../simulators/nova-sonic/index.ts'
import { encodePcm } from '../simulators/pcm.ts'
import type { NovaOutcome, NovaRun } from './pages/nova-clients.ts'
import { launchChromium } from './support/chromium.ts'
import { serveStatic, type StaticServer } from './support/static-server.ts'

type Client = 'runAws' | 'runOurs'

const ROOT = resolve(import.meta.dirname, '../..')
const REGION = 'eu-north-1'
const MODEL_ID = 'amazon.nova-2-sonic-v1:0'

let browser: Browser
let server: StaticServer
let script: string
let page: Page
let simulator: NovaSonicSimulator
let url: string

beforeAll(async () => {
  const bundle = await build({
    entryPoints: [resolve(ROOT, 'test/e2e/pages/nova-clients.ts')],
    bundle: true,
    write: false,
    platform: 'browser',
    mainFields: ['browser', 'module', 'main'],
    format: 'iife',
    logLevel: 'error',
  })
  script = bundle.outputFiles[0]?.text ?? ''
  server = await serveStatic(ROOT)
  browser = await launchChromium()
})

afterAll(async () => {
  await browser.close()
  await server.close()
})

beforeEach(async () => {
  simulator = createNovaSonicSimulator({ region: REGION, pace: 100, finals: 'sent' })
  ;({ url } = await simulator.listen())
  page = await browser.newPage()
  await page.goto(`${server.url}/test/e2e/pages/blank.html`)
  await page.addScriptTag({ content: script })
})

afterEach(async () => {
  await page.close()
  await simulator.close()
})

describe('the verifier', () => {
  it.each<Client>(['runAws', 'runOurs'])('accepts every frame of %s', async (client) => {
    const outcome = await run(client, conversation())
    const connection = await simulator.connection()
    await connection.closed
    expect(outcome.failure).toBeUndefined()
    expect(outcome.events).toContain('audioOutput')
    expect(outcome.events.at(-1)).toBe('completionEnd')
    expect(connection.violations).toEqual([])
    expect(connection.endedInOrder).toBe(true)
    expect(connection.audio).toHaveLength(60 * 512)
  })

  it('gets the same events from both', async () => {
    const received: unknown[] = []
    for (const client of ['runAws', 'runOurs'] as const) {
      await run(client, conversation())
      const connection = await simulator.connection()
      await connection.closed
      received.push(connection.received.map(({ message }) => message))
    }
    expect(received[1]).toEqual(received[0])
  })

  it('refuses both for a secret that is not the right one', async () => {
    const secretAccessKey = 'guess'
    // AWS's client knows no more than that it waited for nothing.
    expect((await run('runAws', conversation(), { secretAccessKey })).failure).toBeDefined()
    expect((await run('runOurs', conversation(), { secretAccessKey })).failure).toBe('connection-refused')
    expect(new Set(simulator.refusals.map(({ code }) => code))).toEqual(
      new Set(['InvalidSignatureException']),
    )
    expect(simulator.connections).toEqual([])
  })

  it('is understood by both when it throws an exception', async () => {
    const events = conversation().flatMap((step) => step.events)
    const steps = [{ events: events.slice(1, 2) }, { after: 'completionStart' as const, events: [] }]
    expect((await run('runAws', steps)).failure).toBe('ValidationException')
    expect((await run('runOurs', steps)).failure).toBe('validationException')
  })
})

async function run(client: Client, steps: NovaRun['steps'], wrong: object = {}): Promise<NovaOutcome> {
  const { accessKeyId, secretAccessKey, sessionToken } = { ...simulator.mintCredentials(), ...wrong }
  const credentials = { accessKeyId, secretAccessKey, sessionToken }
  const plan: NovaRun = { url, region: REGION, modelId: MODEL_ID, credentials, steps }
  return page.evaluate(([client, plan]) => window[client](plan), [client, plan] as const)
}

/** A session with two seconds of a quiet microphone and a typed question. */
function conversation(): NovaRun['steps'] {
  const text = { mediaType: 'text/plain' } as const
  const sound = {
    mediaType: 'audio/lpcm',
    sampleSizeBits: 16,
    channelCount: 1,
    encoding: 'base64',
    audioType: 'SPEECH',
  } as const
  const promptName = 'prompt'
  const [system, microphone, typed] = ['system', 'microphone', 'typed'].map((contentName) => ({
    promptName,
    contentName,
  })) as [Address, Address, Address]
  const content = encodePcm(new Int16Array(512))
  return [
    {
      events: [
        { sessionStart: { inferenceConfiguration: { maxTokens: 1024, topP: 0.9, temperature: 0.7 } } },
        {
          promptStart: {
            promptName,
            textOutputConfiguration: text,
            audioOutputConfiguration: { ...sound, sampleRateHertz: 24_000, voiceId: 'matthew' },
          },
        },
        {
          contentStart: {
            ...system,
            type: 'TEXT',
            role: 'SYSTEM',
            interactive: false,
            textInputConfiguration: text,
          },
        },
        { textInput: { ...system, content: 'You are a guide.' } },
        { contentEnd: system },
        {
          contentStart: {
            ...microphone,
            type: 'AUDIO',
            role: 'USER',
            interactive: true,
            audioInputConfiguration: { ...sound, sampleRateHertz: 16_000 },
          },
        },
        ...Array.from({ length: 60 }, (): ClientEvent => ({ audioInput: { ...microphone, content } })),
        {
          contentStart: {
            ...typed,
            type: 'TEXT',
            role: 'USER',
            interactive: true,
            textInputConfiguration: text,
          },
        },
        { textInput: { ...typed, content: 'Tell me about Rome' } },
        { contentEnd: typed },
      ],
    },
    { after: 'usageEvent', events: [{ contentEnd: microphone }, { promptEnd: { promptName } }] },
    { after: 'completionEnd', events: [{ sessionEnd: {} }] },
  ]
}

interface Address {
  readonly promptName: string
  readonly contentName: string
}
