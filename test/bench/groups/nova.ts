import { figureOf } from '../cell-figure.ts'
import { OURS } from '../engines.ts'
import type { BenchGroup } from '../figure.ts'
import type { Cell } from '../lab/cell.ts'

const SDK = '@aws-sdk/client-bedrock-runtime'

/** What it costs to sign what the user says to Amazon Nova Sonic. */
export const group: BenchGroup = {
  name: 'nova',
  async run({ lab, repeats, withPeers }) {
    const bench = await lab()
    const samples = new Map<string, number[]>()
    for (let i = 0; i < repeats; i++) {
      for (const [engine, module] of [[OURS, 'vivavoce-nova'] as const, [SDK, 'aws-nova'] as const]) {
        if (engine === SDK && !withPeers) continue
        const cell: Cell = { engine, module: `codecs/${module}`, scenario: 'codec', tap: false }
        // As text: an `import()` in a function would be taken for one of this side.
        const code = `import('/${cell.module}.js').then(({ signMs }) => signMs())`
        const ms = await bench.withPage(cell, (page) => page.evaluate<number>(code))
        if (ms !== undefined) samples.set(engine, [...(samples.get(engine) ?? []), ms])
      }
    }
    const about = 'from an event with 32 ms of voice to its signed frame at the socket; median'
    return [figureOf({ name: 'novaSignMs', unit: 'ms', goal: 2, about }, samples)]
  },
}
