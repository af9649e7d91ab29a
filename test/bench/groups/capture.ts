import { audioThreadFigures } from '../audio-thread-figures.ts'
import { figureOf, samplesOf, type FigureHead } from '../cell-figure.ts'
import { chosenEngines, OURS, type Engine } from '../engines.ts'
import type { BenchGroup, Figure } from '../figure.ts'
import type { Cell, Numbers } from '../lab/cell.ts'

const HEADS: readonly FigureHead[] = [
  {
    name: 'micLostPercent',
    unit: '%',
    goal: 0,
    about: 'microphone samples that never arrive, the main thread busy 200 of every 230 ms',
  },
  {
    name: 'mouthToWireMs',
    unit: 'ms',
    goal: 75,
    about:
      'from a click coming into being in a synthetic stream of 48 kHz to the chunk that holds it, given on the ' +
      'main thread to be sent; each run is the median of 6 clicks. In it: the stream, the render batch, ' +
      'resampling, filling the chunk, the port. Not in it: the sound card and its driver',
  },
  { name: 'chunkMs', unit: 'ms', about: 'length of a chunk of microphone audio' },
  {
    name: 'micMessagesPerSecond',
    unit: '/s',
    about: 'messages and audio events from audio threads to the page, per second of capture',
  },
  {
    name: 'captureSnrDb',
    unit: 'dB',
    higherIsBetter: true,
    about: 'a tone of 997 Hz against all that comes to the wire beside it; PCM16 allows 92',
  },
  {
    name: 'pitchErrorPercent',
    unit: '%',
    about: 'by how much the pitch of that tone is off',
  },
]

const FAST_MODULE = 'recorders/vivavoce-fast'

const FAST: readonly (FigureHead & { readonly of: string })[] = [
  {
    name: 'mouthToWireFastMs',
    of: 'mouthToWireMs',
    unit: 'ms',
    goal: 45,
    about: 'mouthToWireMs with `microphone: { capture: fastCapture() }`',
  },
  {
    name: 'micLostFastPercent',
    of: 'micLostPercent',
    unit: '%',
    goal: 0,
    about: 'micLostPercent with `microphone: { capture: fastCapture() }`',
  },
]

const ALIASES: readonly (FigureHead & { readonly wireRate: number })[] = [
  {
    name: 'captureAlias16000Dbfs',
    wireRate: 16_000,
    unit: 'dBFS',
    about: 'what 10.5 kHz leaves on a wire of 16 kHz',
  },
  {
    name: 'captureAlias24000Dbfs',
    wireRate: 24_000,
    unit: 'dBFS',
    about: 'what 15 kHz leaves on a wire of 24 kHz',
  },
]

/** What becomes of the microphone, and what it costs. */
export const group: BenchGroup = {
  name: 'capture',
  async run(context) {
    const bench = await context.lab()
    const chosen = chosenEngines(context.engines)
    const results = await bench.run([...chosen.flatMap(cells), ...fastCells()], context.repeats)
    const some = (wanted: (cell: Cell) => unknown): Map<Cell, Numbers[]> =>
      new Map([...results].filter(([cell]) => wanted(cell)))
    const usual = some(({ module, settings }) => settings?.usual && module !== FAST_MODULE)
    const fast = some(({ module }) => module === FAST_MODULE)
    return [
      ...HEADS.map((head) => figureOf(head, samplesOf(usual, head.name))),
      ...FAST.map(({ of, ...head }) => figureOf(head, samplesOf(fast, of))),
      ...ALIASES.map(({ wireRate, ...head }): Figure => {
        const ofRate = some(
          ({ module, settings }) => settings?.wireRate === wireRate && module !== FAST_MODULE,
        )
        return figureOf(head, samplesOf(ofRate, 'captureAliasDbfs'))
      }),
      ...(await audioThreadFigures(bench, chosen, context.repeats)),
    ]
  },
}

function cells({ name, module, recorderRates }: Engine): Cell[] {
  const [usual = 24_000, ...others] = recorderRates
  const cell = { engine: name, module: `recorders/${module}`, scenario: 'captured' }
  return [
    ...usualCells(name, `recorders/${module}`, usual),
    ...others.map((wireRate) => ({ ...cell, settings: { wireRate }, repeats: 3 })),
  ]
}

function fastCells(): Cell[] {
  return usualCells(OURS, FAST_MODULE, 24_000)
}

function usualCells(engine: string, module: string, wireRate: number): Cell[] {
  const cell = { engine, module, settings: { wireRate, usual: 1 } }
  return [
    { ...cell, scenario: 'captured' },
    { ...cell, scenario: 'lostSamples', exclusive: true, repeats: 2 },
  ]
}
