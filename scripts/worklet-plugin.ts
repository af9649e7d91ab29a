import { rolldown } from 'rolldown'
import type { Plugin } from 'vite'

const SUFFIX = '?worklet'

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
 * each worklet, and the engine's Worker, as a file, for sites whose CSP allows neither `blob:` nor `data:`;
 * the microphone's Worker can be done without there.
 */
export function worklets(): Plugin {
  const emitted = new Map<string, string>()
  return {
    name: 'vivavoce:worklets',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith(SUFFIX)) return null
      const file = id.slice(0, -SUFFIX.length)
      const { code, watchFiles } = await bundle(file)
      for (const watched of watchFiles) this.addWatchFile(watched)
      const [, worklet, name = worklet] = /([^/]+)\.worklet\.ts$|\/(engine)\.worker\.ts$/.exec(file) ?? []
      if (name) emitted.set(`worklets/${name}.js`, code)
      return { code: `export default ${JSON.stringify(code)}`, moduleType: 'js' }
    },
    generateBundle() {
      for (const [fileName, source] of emitted) this.emitFile({ type: 'asset', fileName, source })
    },
  }
}
