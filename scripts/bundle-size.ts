import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

interface Budget {
  /** What it is called in the figures. */
  readonly name: string
  readonly specifier: string
  readonly imports: string
  /** The most that it may weigh, kB. For all but the core: that it may add to a page that has the core. */
  readonly budgetKb: number
  /** What it is to weigh one day, if that is less. */
  readonly goalKb?: number
  /** What else the page has anyway. */
  readonly beside?: Budget
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** What every conversation needs, the worklets included. */
const CORE: Budget = {
  name: 'core',
  specifier: 'vivavoce',
  imports: 'Agent, RealTimePipeline',
  budgetKb: 15.6,
  goalKb: 15,
}
const TOOL: Budget = { name: 'tool', specifier: 'vivavoce', imports: 'tool', budgetKb: 3 }
const ADDITIONS: readonly Budget[] = [
  TOOL,
  { name: 'localSpeech', specifier: 'vivavoce', imports: 'localSpeech', budgetKb: 1.75 },
  { name: 'conversationItems', specifier: 'vivavoce', imports: 'Conversation', budgetKb: 2.5 },
  { name: 'captions', specifier: 'vivavoce', imports: 'captions', budgetKb: 1.8 },
  { name: 'wakeUp', specifier: 'vivavoce', imports: 'wakeUp', budgetKb: 0.7 },
  { name: 'ambience', specifier: 'vivavoce', imports: 'ambience', budgetKb: 1.5 },
  { name: 'confirmInterruptions', specifier: 'vivavoce', imports: 'confirmInterruptions', budgetKb: 3 },
  { name: 'outputGuard', specifier: 'vivavoce', imports: 'outputGuard', budgetKb: 3.2 },
  { name: 'openai', specifier: 'vivavoce/openai', imports: 'OpenAIRealtime', budgetKb: 9.2, goalKb: 5 },
  { name: 'gemini', specifier: 'vivavoce/gemini', imports: 'GeminiRealtime', budgetKb: 9.2, goalKb: 5 },
  { name: 'novaSonic', specifier: 'vivavoce/nova-sonic', imports: 'NovaSonicRealtime', budgetKb: 16 },
  { name: 'openaiLive', specifier: 'vivavoce/openai', imports: 'OpenAILive', budgetKb: 5.2 },
  { name: 'engineWorker', specifier: 'vivavoce/worker', imports: 'engineWorker', budgetKb: 3 },
  { name: 'mcp', specifier: 'vivavoce/mcp', imports: 'mcpTools, watchMcpTools', budgetKb: 1.5, beside: TOOL },
]

/** The weight of an entry point in a user's page: minified, `gzip -9`, in kB of 1000 bytes. */
export interface BundleSize extends Budget {
  /** What the budget is for. */
  readonly gzipKb: number
  /** On its own, with all that it shares with the core. */
  readonly standaloneKb: number
  /** What is loaded later, and only by a page that asks for it, kB. It is in none of the others. */
  readonly onDemandKb: number
}

interface Weight {
  /** What a page loads at once. */
  readonly staticKb: number
  readonly onDemandKb: number
}

/** Bundles the built package as a user would, and weighs it. */
export async function bundleSizes(): Promise<BundleSize[]> {
  const core = await weigh([CORE])
  const additions = ADDITIONS.map(async (addition) => {
    const page = addition.beside ? [CORE, addition.beside] : [CORE]
    const before = addition.beside ? await weigh(page) : core
    const after = await weigh([...page, addition])
    return {
      ...addition,
      gzipKb: after.staticKb - before.staticKb,
      standaloneKb: (await weigh([addition])).staticKb,
      onDemandKb: after.onDemandKb - before.onDemandKb,
    }
  })
  const { staticKb, onDemandKb } = core
  return [
    { ...CORE, gzipKb: staticKb, standaloneKb: staticKb, onDemandKb },
    ...(await Promise.all(additions)),
  ]
}

async function weigh(imported: readonly Budget[]): Promise<Weight> {
  const contents = imported.map(({ specifier, imports }) => `export { ${imports} } from '${specifier}'`)
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: contents.join('\n'), resolveDir: root },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: 'out',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const atOnce = staticFiles(metafile)
  const weight = { staticKb: 0, onDemandKb: 0 }
  for (const { path, contents: code } of outputFiles) {
    const kind = atOnce.has(relative(root, path)) ? 'staticKb' : 'onDemandKb'
    weight[kind] += gzipSync(code, { level: 9 }).length / 1000
  }
  return weight
}

/** The entry, and what it imports and that imports, other than by `import()`. */
function staticFiles({ outputs }: Metafile): Set<string> {
  const files = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === '<stdin>'))
  for (const file of files) {
    for (const { path, kind } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement') files.add(path)
  }
  return files
}
