// `npm test -- [filters and options of Vitest]`: runs every test; the last line counts them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { ensureChromium } from './chromium.mjs'
import { ensureFirefox } from './firefox.mjs'
import { ensureInstalled } from './install.mjs'
import { run, runTool } from './run.mjs'

await ensureInstalled()
process.env.CHROMIUM_PATH = await ensureChromium()

const [built, firefox] = await Promise.all([
  run(process.execPath, ['scripts/build.mjs'], { quiet: true }),
  ensureFirefox(),
])
if (firefox) process.env.FIREFOX_PATH = firefox
if (!built.ok) console.error(`${built.output}\nThe build failed: tests that need dist/ will, too.\n`)

const folder = mkdtempSync(join(tmpdir(), 'vivavoce-test-'))
const report = join(folder, 'report.json')
const tested = await runTool('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
])
const { passed, failed, skipped } = count(report)
rmSync(folder, { recursive: true })

// Vitest also fails for what no test owns: an uncaught error, a lost browser, a filter without a match.
const failures = failed + (built.ok ? 0 : 1) + (!tested.ok && failed === 0 ? 1 : 0)
console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = tested.ok && failures === 0 && passed > 0 ? 0 : 1

function count(file) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const { status, assertionResults } of readResults(file)) {
    const failedBefore = counts.failed
    for (const test of assertionResults) {
      counts[test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped'] += 1
    }
    // A file that cannot be loaded has no tests, but it did fail.
    if (status === 'failed' && counts.failed === failedBefore) counts.failed += 1
  }
  return counts
}

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).testResults
  } catch {
    return []
  }
}
