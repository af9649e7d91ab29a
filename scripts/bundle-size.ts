import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

interface Budget {
  readonly specifier: string
  /** What a typical page imports. */
  readonly imports: string
  /** The most that it may weigh, kB. For all but the core: that it may add to a page that has the core. */
  readonly budgetKb: number
}

const CORE: Budget = { specifier: 'vivavoce', imports: 'Agent, RealTimePipeline, tool', budgetKb: 15 }
const PROVIDERS: readonly Budget[] = [
  { specifier: 'vivavoce/openai', imports: 'OpenAIRealtime', budgetKb: 5 },
]

/** The weight of an entry point in a user's page: minified, `gzip -9`, in kB of 1000 bytes. */
export interface BundleSize extends Budget {
  /** What the budget is for. */
  readonly gzipKb: number
  /** On its own, with all that it shares with the core. */
  readonly standaloneKb: number
}

/** Bundles the built package as a user would, and weighs it. */
export async function bundleSizes(): Promise<BundleSize[]> {
  const core = await gzipKb([CORE])
  const providers = PROVIDERS.map(async (provider) => ({
    ...provider,
    gzipKb: (await gzipKb([CORE, provider])) - core,
    standaloneKb: await gzipKb([provider]),
  }))
  return [{ ...CORE, gzipKb: core, standaloneKb: core }, ...(await Promise.all(providers))]
}

async function gzipKb(imported: readonly Budget[]): Promise<number> {
  const contents = imported.map(({ specifier, imports }) => `export { ${imports} } from '${specifier}'`)
  const { outputFiles } = await build({
    stdin: { contents: contents.join('\n'), resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles.reduce((sum, { contents: code }) => sum + gzipSync(code, { level: 9 }).length, 0) / 1000
}
