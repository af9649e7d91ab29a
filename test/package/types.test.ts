import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packPackage, type PackedPackage } from './packed-package.ts'

// What a user writes; the wrong lines prove that the types say more than `any`.
const PAGE = `
  import { Agent, RealTimePipeline, isVivaVoceError, tool } from 'vivavoce'
  import { OpenAIRealtime } from 'vivavoce/openai'

  const weather = tool({
    name: 'weather',
    description: 'Tells the weather.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
    execute: async ({ city }) => 'Sunny in ' + city.toUpperCase(),
  })
  const pipeline = new RealTimePipeline({
    model: new OpenAIRealtime({ auth: () => 'token', model: 'gpt-realtime-2.1', voice: 'marin' }),
    agent: new Agent({ instructions: 'You are a travel guide.', tools: [weather] }),
  })
  pipeline.on('transcript', ({ role, heardText }) => console.log(role, heardText))
  pipeline.on('error', (error) => console.log(isVivaVoceError(error), error.code))
  // @ts-expect-error There is no such event.
  pipeline.on('nonsense', () => {})
  // @ts-expect-error A model needs credentials.
  new OpenAIRealtime({ model: 'gpt-realtime-2.1' })
  export const started: Promise<void> = pipeline.start()
`

let packed: PackedPackage
beforeAll(() => {
  packed = packPackage()
  packed.write('page.ts', PAGE)
})
afterAll(() => packed.remove())

test.each([
  { moduleResolution: 'bundler', module: 'esnext' },
  { moduleResolution: 'nodenext', module: 'nodenext' },
])('types resolve and hold for $moduleResolution', (resolution) => {
  packed.write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        ...resolution,
        target: 'es2022',
        lib: ['es2022', 'dom'],
        types: [],
        strict: true,
        noEmit: true,
        skipLibCheck: false,
      },
      files: ['page.ts'],
    }),
  )
  const { stdout, status } = spawnSync(resolve('node_modules/.bin/tsc'), ['-p', '.'], {
    cwd: packed.project,
    encoding: 'utf8',
  })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})
