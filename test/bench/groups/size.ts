import { bundleSizes } from '../../../scripts/bundle-size.ts'
import type { BenchGroup, Figure } from '../figure.ts'

/** What the package weighs in a user's page. */
export const group: BenchGroup = {
  name: 'size',
  async run() {
    const sizes = await bundleSizes()
    return sizes.map(({ specifier, gzipKb, budgetKb }): Figure => ({
      name: `${specifier.split('/')[1] ?? 'core'}GzipKb`,
      value: gzipKb,
      unit: 'kB gzip',
      goal: budgetKb,
    }))
  },
}
