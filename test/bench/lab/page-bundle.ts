import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'vite'
import { worklets } from '../../../scripts/worklet-plugin.ts'

const PEER = 'virtual:peer/'

/** Everything that a page of the bench loads, by its path in the URL. */
export type PageBundle = ReadonlyMap<string, string>

/** Bundles the pages' modules from source, ours and, where they are installed, those of the peers. */
export async function bundlePages(root: string, withPeers: boolean): Promise<PageBundle> {
  const folder = join(root, 'test/bench/page')
  const entries = ['harness', ...['players', 'hosts', 'recorders', 'resamplers', 'codecs'].flatMap(modulesIn)]
  function modulesIn(kind: string): string[] {
    return readdirSync(join(folder, kind))
      .map((file) => `${kind}/${file.replace('.ts', '')}`)
      .filter((module) => withPeers || /\/(vivavoce|chromium)[^/]*$/.test(module))
  }
  const built = await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [worklets(), peers(join(root, 'test/bench/node_modules'))],
    build: {
      write: false,
      target: 'es2022',
      minify: false,
      modulePreload: false,
      copyPublicDir: false,
      rolldownOptions: {
        input: Object.fromEntries(entries.map((entry) => [entry, join(folder, `${entry}.ts`)])),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  })
  const outputs = [built].flat().flatMap((result) => ('output' in result ? result.output : []))
  const scripts = outputs.flatMap((output) =>
    output.type === 'chunk' ? [[`/${output.fileName}`, output.code] as const] : [],
  )
  return new Map([...scripts, ...(withPeers ? [libsamplerateWorklet(root)] : [])])
}

/** A worklet that a peer loads by URL. */
function libsamplerateWorklet(root: string): readonly [string, string] {
  const folder = 'test/bench/node_modules/@alexanderolsen/libsamplerate-js/dist'
  const name = 'libsamplerate.worklet.js'
  return [`/${name}`, readFileSync(join(root, folder, name), 'utf8')]
}

/**
 * `virtual:peer/ai/src/x.ts` is a file of an installed peer, `virtual:peer/wavtools` its entry. What a package does not
 * export is reached so, and nothing outside the bench resolves it by mistake.
 */
function peers(modules: string): Plugin {
  return {
    name: 'bench:peers',
    enforce: 'pre',
    resolveId(id) {
      if (!id.startsWith(PEER)) return null
      const path = id.slice(PEER.length)
      return /\.[jt]s$/.test(path)
        ? join(modules, path)
        : this.resolve(path, join(modules, 'importer.js'), { skipSelf: true })
    },
  }
}
