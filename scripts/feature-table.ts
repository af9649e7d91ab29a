import { readFileSync, writeFileSync } from 'node:fs'
import { features, type Provider, providers, type Support } from '../test/support/feature-table.ts'

const README = 'README.md'
const BEGIN = '<!-- features -->'
const END = '<!-- /features -->'

/**
 * Says where the README's table of features is not what the tests hold. `update`: writes it instead.
 * @returns What is wrong with it.
 */
export function checkFeatureTable({ update = false }: { readonly update?: boolean } = {}): string[] {
  const text = readFileSync(README, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END, begin)
  if (begin < 0 || end < 0) return [`${README} has no ${BEGIN} … ${END}.`]
  const wanted = `${text.slice(0, begin + BEGIN.length)}\n${featureTable()}\n${text.slice(end)}`
  if (wanted === text) return []
  if (!update) return [`The features in ${README} are not those of test/support/feature-table.ts.`]
  writeFileSync(README, wanted)
  return []
}

/** Features by provider, in Markdown; under it, what is refused, and why. */
export function featureTable(): string {
  const names = Object.keys(providers) as Provider[]
  const notes: string[] = []
  const mark = (support: Support): string => {
    if (support === 'supported') return 'yes'
    const note =
      'lacks' in support ? `It ${support.lacks}.` : `Refused (\`${support.option}\`): it ${support.refused}.`
    if (!notes.includes(note)) notes.push(note)
    return `no <sup>${notes.indexOf(note) + 1}</sup>`
  }
  const lines = Object.entries(features).flatMap(([part, rows]) => [
    `| **${part}** |${' |'.repeat(names.length)}`,
    ...Object.entries(rows).map(
      ([feature, row]) => `| ${coded(feature)} | ${names.map((name) => mark(row[name])).join(' | ')} |`,
    ),
  ])
  return [
    '',
    `| | ${names.map((name) => providers[name]).join(' | ')} |`,
    `|---|${'---|'.repeat(names.length)}`,
    ...lines,
    '',
    ...notes.map((note, i) => `${i + 1}. ${note}`),
    '',
  ].join('\n')
}

/** Names of the API stand out. */
function coded(feature: string): string {
  return feature.replace(/\b(\w+\([\w,]*\)|[a-z]+[A-Z]\w*(: \w+)?|onEnter|onExit)/g, '`$1`')
}
