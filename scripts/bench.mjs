// `npm run bench -- [groups] [--json]`: measures; `--json` prints one object of named figures last.
import { readdirSync } from 'node:fs'
import process from 'node:process'
import { ensureChromium } from './chromium.mjs'
import { ensureInstalled } from './install.mjs'
import { load } from './load.mjs'
import { root, run, stop } from './run.mjs'

const FOLDER = 'test/bench/groups'
const known = readdirSync(FOLDER).map((file) => file.replace('.ts', ''))
const asked = process.argv.slice(2).filter((argument) => argument !== '--json')
const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) stop(`No such group: ${unknown.join(', ')}. There are: ${known.join(', ')}.`)

await ensureInstalled()
const built = await run(process.execPath, ['scripts/build.mjs'], { quiet: true })
if (!built.ok) stop(`${built.output}\nThe build failed: there is nothing to measure.`)

const { summary, table } = await load('test/bench/table.ts')
const context = { root, chromiumPath: ensureChromium }
const figures = []
for (const name of asked.length > 0 ? asked : known) {
  const { group } = await load(`${FOLDER}/${name}.ts`)
  const measured = await group.run(context)
  console.log(`\n## ${group.name}\n\n${table(measured)}`)
  figures.push(...measured)
}
if (process.argv.includes('--json')) console.log(JSON.stringify(summary(figures)))
