import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checkFeatureTable, featureTable } from '../../scripts/feature-table.ts'
import { features } from '../support/feature-table.ts'

it.each(Object.keys(features))('the features of %s are tested', (part) => {
  expect(existsSync(`test/contract/features-${part}.test.ts`)).toBe(true)
})

it("the README's table says what is tested", () => {
  expect(checkFeatureTable()).toEqual([])
})

it('every feature has a row, and what is not there has a note', () => {
  const table = featureTable()
  const rows = Object.values(features).flatMap((part) => Object.values(part))
  expect(table.match(/^\| [^*\n]+ \| (yes|no)/gm)).toHaveLength(rows.length)
  const missing = rows.flatMap((row) => Object.values(row)).filter((support) => support !== 'supported')
  expect(table.match(/\bno <sup>\d+<\/sup>/g)).toHaveLength(missing.length)
})
