import type { Page } from 'playwright'
import { OURS, type Engine } from '../engines.ts'
import type { Cell } from './cell.ts'
import { SIDE_BY_SIDE, type Lab } from './lab.ts'
import { pooled } from './pool.ts'
import { WorkletHeaps } from './worklet-heap.ts'

/** A page that is held up makes pools grow: the lowest of so many runs is the steady state. */
const RUNS = 2

/** What the processors of each engine allocate at most, bytes per quantum. */
export async function processorAllocations(
  lab: Lab<Page>,
  engines: readonly Engine[],
): Promise<Map<string, number[]>> {
  const worst = new Map<string, number[]>()
  await pooled(engines.flatMap(processors), SIDE_BY_SIDE, async (cell) => {
    let bytes = Infinity
    for (let run = 0; run < RUNS; run++) bytes = Math.min(bytes, await allocated(lab, cell))
    if (bytes < Infinity) worst.set(cell.engine, [Math.max(bytes, ...(worst.get(cell.engine) ?? []))])
  })
  return worst
}

function processors({ name, module, capturesInWorklet, playsInWorklet, recorderRates }: Engine): Cell[] {
  const [wireRate = 24_000] = recorderRates
  const recorders = name === OURS ? [module, `${module}-listening`] : capturesInWorklet ? [module] : []
  const cell = { engine: name, settings: { wireRate }, tap: false }
  return [
    ...recorders.map((recorder) => ({ ...cell, module: `recorders/${recorder}`, scenario: 'steadyCapture' })),
    ...(playsInWorklet ? [{ ...cell, module: `players/${module}`, scenario: 'steadyPlayback' }] : []),
  ]
}

async function allocated(lab: Lab<Page>, cell: Cell): Promise<number> {
  const bytes = await lab.withPage(cell, async (page) => {
    const heaps = await WorkletHeaps.attach(page)
    await page.evaluate((asked) => window.runCell(asked), cell)
    return heaps.bytesPerQuantum()
  })
  return bytes ?? Infinity
}
