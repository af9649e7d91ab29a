import { basename } from 'node:path'
import { rolldown } from 'rolldown'
import type { Plugin } from 'vite'

const SUFFIX = '?worklet'

const fileName = (name: string): string => `worklets/${name}.js`

async function bundle(file: string): Promise<{ code: string; watchFiles: string[] }> {
  const build = await rolldown({ input: file, transform: { target: 'es2022' } })
  const { output } = await build.generate({ format: 'iife', minify: true, codeSplitting: false })
  const watchFiles = await build.watchFiles
  await build.close()
  // Notes for a bundler, and no bundler comes after this one.
  return { code: output[0].code.replaceAll('/* @__PURE__ */ ', ''), watchFiles }
}

/**
 * `import source from './x.worklet.ts?worklet'` gives the worklet as one self-contained, minified
 * script. A string survives every bundler, where an asset URL does not. The library build also emits
 * each worklet as a file, and `files` besides, for sites whose CSP allows neither `blob:` nor `data:`.
 */
export function worklets(files: readonly string[] = []): Plugin {
  const emitted = new Map<string, string>()
  return {
    name: 'vivavoce:worklets',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith(SUFFIX)) return null
      const file = id.slice(0, -SUFFIX.length)
      const { code, watchFiles } = await bundle(file)
      for (const watched of watchFiles) this.addWatchFile(watched)
      const [, name] = /([^/]+)\.worklet\.ts$/.exec(file) ?? []
      if (name) emitted.set(fileName(name), code)
      return { code: `export default ${JSON.stringify(code)}`, moduleType: 'js' }
    },
    async generateBundle() {
      for (const file of files) emitted.set(fileName(basename(file, '.worker.ts')), (await bundle(file)).code)
      for (const [name, source] of emitted) this.emitFile({ type: 'asset', fileName: name, source })
    },
  }
}
