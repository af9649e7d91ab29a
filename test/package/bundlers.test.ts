import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundlers, viteOutput } from './bundlers.ts'
import { packPackage, type PackedPackage } from './packed-package.ts'

let packed: PackedPackage
beforeAll(() => {
  packed = packPackage()
  packed.write(
    'conversation.js',
    `import { Agent, RealTimePipeline, tool } from 'vivavoce'
     import { OpenAIRealtime } from 'vivavoce/openai'
     globalThis.bundled = { Agent, RealTimePipeline, tool, OpenAIRealtime }`,
  )
  packed.write(
    'guard.js',
    `import { isVivaVoceError } from 'vivavoce'
     globalThis.bundled = { isVivaVoceError }`,
  )
})
afterAll(() => packed.remove())

test.each(bundlers)('%s bundles a conversation, worklets included', async (_name, bundle) => {
  const code = await bundle(packed.project, 'conversation.js')
  expect(Object.keys(evaluate(code))).toEqual(['Agent', 'RealTimePipeline', 'tool', 'OpenAIRealtime'])
  for (const worklet of ['capture', 'playback']) expect(code).toContain(processorName(worklet))
})

test.each(bundlers)('%s leaves out what a page does not import', async (_name, bundle) => {
  const code = await bundle(packed.project, 'guard.js')
  expect(Object.keys(evaluate(code))).toEqual(['isVivaVoceError'])
  expect(code).not.toContain('registerProcessor')
  expect(code.length).toBeLessThan(4000)
})

test('Vite emits a worklet as a file for sites with a strict CSP', async () => {
  packed.write(
    'strict.js',
    `import url from 'vivavoce/worklets/capture.js?url&no-inline'
     globalThis.bundled = { url }`,
  )
  const [, asset] = await viteOutput(packed.project, 'strict.js')
  expect(asset?.type === 'asset' && asset.source.toString()).toBe(workletFile('capture'))
})

function evaluate(code: string): object {
  runInThisContext(code)
  return (globalThis as { bundled?: object }).bundled ?? {}
}

function processorName(worklet: string): string {
  const [, name = ''] = /registerProcessor\(\W?([\w-]+)/.exec(workletFile(worklet)) ?? []
  expect(name).not.toBe('')
  return name
}

function workletFile(worklet: string): string {
  return readFileSync(join(packed.project, `node_modules/vivavoce/dist/worklets/${worklet}.js`), 'utf8')
}
