import type { Page } from 'playwright'
import { figureOf, samplesOf, type FigureHead } from './cell-figure.ts'
import { OURS, type Engine } from './engines.ts'
import type { Figure } from './figure.ts'
import type { Cell, Numbers } from './lab/cell.ts'
import type { Lab } from './lab/lab.ts'
import { processorAllocations } from './lab/processor-allocations.ts'
import { median } from './statistics.ts'

const OUR_RATES = [24_000, 16_000, 8_000]
const GOAL_US = 60
const REPEATS = 2

const THREAD: FigureHead = {
  name: 'audioThreadUs',
  unit: 'µs',
  goal: GOAL_US,
  about:
    'time that the capture processor takes of the audio thread for 128 frames at 48 kHz, taken inside the ' +
    "browser's own worklet; ours at the worst of 24, 16 and 8 kHz, those at their usual rate. A context at the " +
    "wire's rate leaves the resampling to the browser, whose time is not in it: only ours and `in Firefox`, " +
    'with libsamplerate-js, filter on their own; `agents` interpolates. `ai` captures on the main thread',
}

const LISTENING: FigureHead = {
  name: 'audioThreadListeningUs',
  unit: 'µs',
  goal: GOAL_US,
  about: 'the same with `localSpeech()`, which no peer has, while the agent is audible',
}

const ALLOCATED: FigureHead = {
  name: 'allocatedBytesPerQuantum',
  unit: 'B',
  goal: 0,
  about:
    "what `process()` allocates per 128 frames once it is compiled, by Chromium's sampling heap profiler attached " +
    'to the worklet (objects) and the growth of the memory behind typed arrays; worst of capture (ours also ' +
    'with `localSpeech()`) and playback, each the lower of two runs',
}

/** What engines take of the audio thread. */
export async function audioThreadFigures(
  lab: Lab<Page>,
  engines: readonly Engine[],
  repeats: number,
): Promise<Figure[]> {
  const cells = engines.filter(({ capturesInWorklet }) => capturesInWorklet).flatMap(captureCells)
  const listening = OUR_RATES.map((wireRate) => cellOf(OURS, 'vivavoce-listening', wireRate))
  const times = await lab.run([...cells, ...listening], Math.min(REPEATS, repeats))
  const only = (wanted: readonly Cell[]): Map<string, number[]> =>
    worstRates(new Map([...times].filter(([cell]) => wanted.includes(cell))))
  return [
    figureOf(THREAD, only(cells)),
    figureOf(LISTENING, only(listening)),
    figureOf(ALLOCATED, await processorAllocations(lab, engines)),
  ]
}

function captureCells({ name, module, recorderRates }: Engine): Cell[] {
  if (name === OURS) return OUR_RATES.map((wireRate) => cellOf(name, module, wireRate))
  const [usual = 24_000] = recorderRates
  const cell = cellOf(name, module, usual)
  return module === 'elevenlabs'
    ? [cell, cellOf(`${name} in Firefox`, `${module}-libsamplerate`, usual)]
    : [cell]
}

function cellOf(engine: string, module: string, wireRate: number): Cell {
  return {
    engine,
    module: `recorders/${module}`,
    scenario: 'audioThread',
    settings: { wireRate },
    tap: false,
    exclusive: true,
  }
}

/** The samples of the rate that takes an engine longest. */
function worstRates(results: ReadonlyMap<Cell, readonly Numbers[]>): Map<string, number[]> {
  const worst = new Map<string, number[]>()
  for (const [cell, runs] of results) {
    const samples = samplesOf(new Map([[cell, runs]]), THREAD.name).get(cell.engine)
    const before = worst.get(cell.engine)
    if (samples && (!before || median(samples) > median(before))) worst.set(cell.engine, samples)
  }
  return worst
}
