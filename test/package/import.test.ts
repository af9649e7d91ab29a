import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { entryPoints } from '../../scripts/entry-points.ts'
import { packPackage, type PackedPackage } from './packed-package.ts'

const NAMES: Readonly<Record<string, readonly string[]>> = {
  vivavoce: ['Agent', 'RealTimePipeline', 'RealtimeModel', 'VivaVoceError', 'isVivaVoceError', 'tool'],
  'vivavoce/openai': ['OpenAILive', 'OpenAIRealtime'],
  'vivavoce/gemini': ['GeminiRealtime'],
  'vivavoce/nova-sonic': ['NovaSonicRealtime', 'cognitoIdentity'],
  'vivavoce/mcp': ['mcpTools', 'watchMcpTools'],
  'vivavoce/worker': ['engineWorker'],
}

const PROBE = `
  const before = Reflect.ownKeys(globalThis)
  const exported = Object.keys(await import(process.argv[2]))
  const globals = Reflect.ownKeys(globalThis).filter((key) => !before.includes(key)).map(String)
  console.log(JSON.stringify({ exported, globals }))
`

let packed: PackedPackage
beforeAll(() => {
  packed = packPackage()
  packed.write('probe.mjs', PROBE)
})
afterAll(() => packed.remove())

test.each(entryPoints())('Node imports $specifier, and nothing happens', ({ specifier }) => {
  const { exported, globals } = JSON.parse(runNode('probe.mjs', specifier)) as Record<string, string[]>
  expect(exported).toEqual(expect.arrayContaining([...(NAMES[specifier] ?? ['(add it to NAMES)'])]))
  expect(globals).toEqual([])
})

test('entry points share the core', () => {
  packed.write(
    'shared.mjs',
    `import { RealtimeModel } from 'vivavoce'
     import { OpenAIRealtime } from 'vivavoce/openai'
     console.log(OpenAIRealtime.prototype instanceof RealtimeModel)`,
  )
  expect(runNode('shared.mjs').trim()).toBe('true')
})

// An import that leaves a timer or a socket behind keeps Node from ending, and runs into the time limit.
function runNode(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: packed.project, encoding: 'utf8', timeout: 20_000 })
}
