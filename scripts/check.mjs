// `npm run check`: everything about the code but its tests. `-- --update` accepts a changed API, and writes the README's table of features.
import process from 'node:process'
import { ensureInstalled } from './install.mjs'
import { load } from './load.mjs'
import { run, runTool } from './run.mjs'

const update = process.argv.includes('--update')

/** Each step in turn: `[name, run]`, where `run` gives `{ ok, output }`. */
const steps = [
  ['types', () => runTool('tsc', ['-b', '--pretty', 'false'], { quiet: true })],
  ['lint', () => runTool('oxlint', ['--type-aware', '--deny-warnings'], { quiet: true })],
  ['format', () => runTool('oxfmt', ['--check'], { quiet: true })],
  ['dead code', () => runTool('knip', [], { quiet: true })],
  ['build', () => run(process.execPath, ['scripts/build.mjs'], { quiet: true })],
  ['package', () => runTool('publint', ['--strict'], { quiet: true })],
  ['package types', checkPackageTypes],
  ['size', checkSize],
  ['API', checkApi],
  ['features', checkFeatures],
]

await ensureInstalled()
let failures = 0
for (const [name, step] of steps) {
  const startedAt = Date.now()
  const { ok, output, note = '' } = await step().catch((error) => ({ ok: false, output: error.stack }))
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  console.log(`${ok ? 'ok    ' : 'failed'}  ${name.padEnd(14)} ${seconds.padStart(5)} s  ${note}`.trimEnd())
  if (!ok) console.log(`\n${output.trim()}\n`)
  failures += ok ? 0 : 1
}
console.log(failures === 0 ? 'All checks passed.' : `${failures} of ${steps.length} checks failed.`)
process.exitCode = failures === 0 ? 0 : 1

async function checkPackageTypes() {
  // Worklets are scripts to be loaded by URL: they have no types.
  const entryPoints = (await load('scripts/entry-points.ts')).entryPoints()
  const names = entryPoints.map(({ specifier }) => specifier.replace(/^[^/]+\/?/, '') || '.')
  return runTool('attw', ['--pack', '.', '--profile', 'esm-only', '--entrypoints', ...names], { quiet: true })
}

async function checkSize() {
  const sizes = await (await load('scripts/bundle-size.ts')).bundleSizes()
  const lines = sizes.map(
    ({ name, gzipKb, budgetKb, onDemandKb }) =>
      `${name} ${gzipKb.toFixed(2)} of ${budgetKb} kB` +
      (onDemandKb > 0 ? ` and ${onDemandKb.toFixed(2)} kB on demand` : ''),
  )
  const ok = sizes.every(({ gzipKb, budgetKb }) => gzipKb <= budgetKb)
  return { ok, note: lines.join(', '), output: 'An entry point outgrew its budget (scripts/bundle-size.ts).' }
}

async function checkApi() {
  const problems = (await load('scripts/api-report.ts')).checkApi({ update })
  return { ok: problems.length === 0, output: problems.join('\n') }
}

async function checkFeatures() {
  const problems = (await load('scripts/feature-table.ts')).checkFeatureTable({ update })
  return { ok: problems.length === 0, output: problems.join('\n') }
}
