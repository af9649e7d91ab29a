import { figureOf, samplesOf, type FigureHead } from '../cell-figure.ts'
import { chosenEngines } from '../engines.ts'
import type { BenchGroup } from '../figure.ts'
import type { Cell } from '../lab/cell.ts'

/** The engines whose code for it can be called by itself. */
const MODULES = new Set(['vivavoce', 'wavtools', 'elevenlabs', 'ai', 'tanstack'])

const HEADS: readonly FigureHead[] = [
  { name: 'base64EncodeUs', unit: 'µs', about: 'bytes to base64' },
  { name: 'base64DecodeUs', unit: 'µs', about: 'base64 to bytes' },
  { name: 'pcm16EncodeUs', unit: 'µs', about: 'samples of −1 to 1 to PCM16' },
  { name: 'chunkEncodeUs', unit: 'µs', about: 'samples of −1 to 1 to PCM16 in base64' },
  { name: 'chunkDecodeUs', unit: 'µs', about: 'PCM16 in base64 to what the engine hands to its player' },
]

/** What audio costs on its way to a socket and back: 100 ms at 24 kHz. */
export const group: BenchGroup = {
  name: 'codec',
  async run({ lab, repeats, engines }) {
    const cells: Cell[] = chosenEngines(engines)
      .filter(({ module }) => MODULES.has(module))
      .map(({ name, module }) => ({
        engine: name,
        module: `codecs/${module}`,
        scenario: 'codec',
        exclusive: true,
        repeats: 2,
      }))
    const results = await (await lab()).run(cells, repeats)
    return HEADS.map((head) => figureOf(head, samplesOf(results, head.name)))
  },
}
