import { OURS } from './engines.ts'
import type { Figure } from './figure.ts'
import type { Cell, Numbers } from './lab/cell.ts'
import { measure } from './statistics.ts'

type Results = ReadonlyMap<Cell, readonly Numbers[]>

/** What a figure is called, means and ought to be, and whether the worst sample counts instead of the median. */
export type FigureHead = Pick<Figure, 'name' | 'unit' | 'about' | 'goal' | 'higherIsBetter'> & {
  readonly worst?: boolean
}

/** Every sample of one number, by engine. */
export function samplesOf(results: Results, number: string): Map<string, number[]> {
  const samples = new Map<string, number[]>()
  for (const [{ engine }, measured] of results) {
    for (const numbers of measured) {
      const value = numbers[number]
      if (value !== undefined) samples.set(engine, [...(samples.get(engine) ?? []), value])
    }
  }
  return samples
}

/** A figure of all engines that have samples of it. */
export function figureOf(
  { worst = false, ...head }: FigureHead,
  samples: ReadonlyMap<string, readonly number[]>,
): Figure {
  const { higherIsBetter = false } = head
  const measured = [...samples].map(([name, values]) => ({
    name,
    ...measure(values, { worst, higherIsBetter }),
  }))
  const peers = measured.filter(({ name }) => name !== OURS)
  const { value = Number.NaN, p95 } = measured.find(({ name }) => name === OURS) ?? {}
  return { ...head, value, ...(p95 === undefined ? {} : { p95 }), ...(peers.length > 0 ? { peers } : {}) }
}
