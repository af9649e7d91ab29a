// `npm run bench -- [groups]`: measures, beside us, what users would pick instead. Options:
//   --json          prints one object of named figures last
//   --repeats N     how often what varies is measured (5)
//   --seed N        repeats the random order of an earlier run
//   --engines a,b   measures only these peers
//   --readme        writes the figures that have a goal into README.md
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { installPeers } from '../test/bench/install-peers.mjs'
import { ensureChromium } from './chromium.mjs'
import { ensureFirefox } from './firefox.mjs'
import { ensureInstalled } from './install.mjs'
import { load } from './load.mjs'
import { root, run, stop } from './run.mjs'

const FOLDER = 'test/bench/groups'
const known = readdirSync(FOLDER).map((file) => file.replace('.ts', ''))
const { values: options, positionals: asked } = parseOptions()
const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) stop(`No such group: ${unknown.join(', ')}. There are: ${known.join(', ')}.`)
const repeats = Number(options.repeats)
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!(repeats >= 1) || !Number.isInteger(seed)) stop('--repeats and --seed take whole numbers.')

await ensureInstalled()
const built = await run(process.execPath, ['scripts/build.mjs'], { quiet: true })
if (!built.ok) stop(`${built.output}\nThe build failed: there is nothing to measure.`)
const withPeers = await installPeers()

const { legend, summary, table } = await load('test/bench/table.ts')
const { Labs } = await load('test/bench/lab/labs.ts')
const { peerNames } = await load('test/bench/engines.ts')
const engines = options.engines?.split(',')
const strangers = engines?.filter((name) => !peerNames().includes(name)) ?? []
if (strangers.length > 0) stop(`No such peer: ${strangers.join(', ')}. There are: ${peerNames().join(', ')}.`)
const remarks = []
const remark = (text) => remarks.push(text)
const labs = new Labs({
  root,
  withPeers,
  seed,
  remark,
  chromiumPath: ensureChromium,
  firefoxPath: ensureFirefox,
})
const context = {
  root,
  repeats,
  withPeers,
  engines: withPeers ? engines : [],
  lab: () => labs.chromium(),
  inFirefox: (work) => labs.inFirefox(work),
  remark,
}

const startedAt = Date.now()
const figures = []
for (const name of asked.length > 0 ? asked : known) {
  const { group } = await load(`${FOLDER}/${name}.ts`)
  const measured = await group.run(context)
  console.log(`\n## ${group.name}\n\n${table(measured)}\n\n${legend(measured)}`)
  figures.push(...measured)
}
const environment = describeEnvironment()
await labs.close()
console.log(`\n${environment}`)
for (const text of new Set(remarks)) console.log(`- ${text}`)
if (options.readme) await writeReadme()
if (options.json) console.log(JSON.stringify(summary(figures)))

function parseOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        readme: { type: 'boolean' },
        repeats: { type: 'string', default: '5' },
        seed: { type: 'string' },
        engines: { type: 'string' },
      },
    })
  } catch (error) {
    return stop(error.message)
  }
}

function describeEnvironment() {
  const [cpu] = cpus()
  const { devDependencies } = JSON.parse(readFileSync('test/bench/package.json', 'utf8'))
  const peers = Object.entries(devDependencies).map(([name, version]) => `${name} ${version}`)
  const machine = `${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${process.platform}`
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  return [
    'Median (95th percentile). Peers in **bold** are better than vivavoce.',
    labs.names.length > 0
      ? `${labs.names.join(' and ')}, headless, on ${machine}; ${repeats} repeats at most, in random order ` +
        `(seed ${seed}), ${seconds} s.`
      : `Node ${process.versions.node} on ${machine}.`,
    withPeers ? `Peers: ${peers.join(', ')}.` : 'The peers could not be installed.',
  ].join('\n')
}

async function writeReadme() {
  const { withBenchBlock } = await load('test/bench/readme-block.ts')
  const goals = figures.filter(({ goal }) => goal !== undefined)
  const text = withBenchBlock(readFileSync('README.md', 'utf8'), `\n${table(goals)}\n\n${environment}\n`)
  if (text === undefined) stop('README.md has no <!-- bench --> … <!-- /bench --> to write between.')
  writeFileSync('README.md', text)
}
