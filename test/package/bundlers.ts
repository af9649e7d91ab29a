import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import { rolldown } from 'rolldown'
import { build as viteBuild, type Rolldown } from 'vite'
import webpack from 'webpack'

/** Each bundles a file of a project to one script. */
export const bundlers: readonly [
  name: string,
  bundle: (project: string, entry: string) => Promise<string>,
][] = [
  ['Vite', bundleWithVite],
  ['esbuild', bundleWithEsbuild],
  ['Rolldown', bundleWithRolldown],
  ['webpack', bundleWithWebpack],
]

async function bundleWithVite(project: string, entry: string): Promise<string> {
  const [chunk] = await viteOutput(project, entry)
  return chunk?.type === 'chunk' ? chunk.code : ''
}

/** All that Vite makes of it. */
export async function viteOutput(project: string, entry: string): Promise<Rolldown.OutputBundle[string][]> {
  const result = await viteBuild({
    root: project,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      rolldownOptions: { input: join(project, entry), output: { format: 'iife' } },
    },
  })
  const [output] = (Array.isArray(result) ? result : [result]) as Rolldown.RolldownOutput[]
  return output?.output ?? []
}

async function bundleWithEsbuild(project: string, entry: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: project,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

async function bundleWithRolldown(project: string, entry: string): Promise<string> {
  const build = await rolldown({ cwd: project, input: `./${entry}` })
  const { output } = await build.generate({ format: 'iife', minify: true })
  await build.close()
  return output[0].code
}

async function bundleWithWebpack(project: string, entry: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    webpack(
      {
        mode: 'production',
        context: project,
        entry: `./${entry}`,
        plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
        // Node has neither `self` nor a script element that tells where the chunks are.
        output: {
          path: join(project, 'webpack'),
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
  return readFileSync(join(project, 'webpack', entry), 'utf8')
}
