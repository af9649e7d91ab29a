import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import * as esbuild from 'esbuild'
import { rolldown } from 'rolldown'
import { build as viteBuild, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import webpack from 'webpack'
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

/** Each bundles a file of the project to one script. */
const bundlers: readonly [name: string, bundle: (entry: string) => Promise<string>][] = [
  ['Vite', bundleWithVite],
  ['esbuild', bundleWithEsbuild],
  ['Rolldown', bundleWithRolldown],
  ['webpack', bundleWithWebpack],
]

test.each(bundlers)('%s bundles a conversation, worklets included', async (_name, bundle) => {
  const code = await bundle('conversation.js')
  expect(Object.keys(evaluate(code))).toEqual(['Agent', 'RealTimePipeline', 'tool', 'OpenAIRealtime'])
  for (const worklet of ['capture', 'playback']) expect(code).toContain(processorName(worklet))
})

test.each(bundlers)('%s leaves out what a page does not import', async (_name, bundle) => {
  const code = await bundle('guard.js')
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
  const [, asset] = await viteOutput('strict.js')
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

async function bundleWithVite(entry: string): Promise<string> {
  const [chunk] = await viteOutput(entry)
  return chunk?.type === 'chunk' ? chunk.code : ''
}

async function viteOutput(entry: string): Promise<Rolldown.OutputBundle[string][]> {
  const result = await viteBuild({
    root: packed.project,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      rolldownOptions: { input: join(packed.project, entry), output: { format: 'iife' } },
    },
  })
  const [output] = (Array.isArray(result) ? result : [result]) as Rolldown.RolldownOutput[]
  return output?.output ?? []
}

async function bundleWithEsbuild(entry: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: packed.project,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

async function bundleWithRolldown(entry: string): Promise<string> {
  const build = await rolldown({ cwd: packed.project, input: `./${entry}` })
  const { output } = await build.generate({ format: 'iife', minify: true })
  await build.close()
  return output[0].code
}

async function bundleWithWebpack(entry: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    webpack(
      {
        mode: 'production',
        context: packed.project,
        entry: `./${entry}`,
        // Node has neither `self` nor a script element that tells where the chunks are.
        output: {
          path: join(packed.project, 'webpack'),
          filename: entry,
          publicPath: '',
          globalObject: 'globalThis',
        },
      },
      (error, stats) => {
        if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')))
        else resolve()
      },
    )
  })
  return readFileSync(join(packed.project, 'webpack', entry), 'utf8')
}
