import { figureOf, samplesOf, type FigureHead } from '../cell-figure.ts'
import { OURS } from '../engines.ts'
import type { BenchContext, BenchGroup } from '../figure.ts'
import type { Cell, Numbers } from '../lab/cell.ts'

const DEVICE_RATES = [48_000, 44_100]
/** Of what runs in real time, and may be disturbed, the best run counts. */
const LIVE_RUNS = 2
const WIRE_RATES = [24_000, 16_000, 8_000]

interface Contender {
  readonly engine: string
  readonly module: string
  readonly settings?: Numbers
  /** Whether it works in real time, and only towards the wire. */
  readonly live?: boolean
  /** Whether its time can be measured by itself. */
  readonly timed: boolean
}

const PEERS: readonly Contender[] = [
  { engine: 'ai (linear)', module: 'ai', timed: true },
  ...['FASTEST', 'MEDIUM', 'BEST'].map((quality, i) => ({
    engine: `libsamplerate-js ${quality}`,
    module: 'libsamplerate',
    settings: { quality: i },
    timed: true,
  })),
]

const CONTENDERS: readonly Contender[] = [
  { engine: OURS, module: 'vivavoce', timed: true },
  { engine: 'Chromium AudioBufferSourceNode', module: 'chromium', timed: false },
  { engine: 'Chromium AudioContext({ sampleRate })', module: 'chromium-context', live: true, timed: false },
]

const HEADS: readonly FigureHead[] = [
  {
    name: 'aliasDb',
    unit: 'dB',
    goal: 100,
    higherIsBetter: true,
    worst: true,
    about:
      'rejection of aliases and images, from the lower Nyquist frequency on; worst tone of every pair of ' +
      '48 and 44.1 kHz and 24, 16 and 8 kHz, both ways',
  },
  {
    name: 'passbandDb',
    unit: 'dB',
    goal: 0.01,
    worst: true,
    about: 'deviation of the gain up to 0.9 of the lower Nyquist frequency; worst tone of those pairs',
  },
  {
    name: 'thdnDb',
    unit: 'dB',
    goal: -110,
    worst: true,
    about:
      'distortion and noise beside a tone; worst tone, up to 0.85 of the lower Nyquist frequency, of those pairs',
  },
]

const COST: FigureHead = {
  name: 'resampleUs',
  unit: 'µs',
  worst: true,
  about: 'time on the main thread for 128 frames of 48 kHz; worst of 24, 16 and 8 kHz',
}

/** How well, and how fast, rates are converted. */
export const group: BenchGroup = {
  name: 'resample',
  async run({ lab, withPeers }: BenchContext) {
    const contenders = withPeers ? [...CONTENDERS, ...PEERS] : CONTENDERS
    const bench = await lab()
    // In real time a busy neighbour would be heard.
    const inRealTime = await bench.run(contenders.filter(({ live }) => live).flatMap(qualityCells), LIVE_RUNS)
    const rendered = await bench.run(contenders.filter(({ live }) => !live).flatMap(qualityCells), 1)
    const best = [...inRealTime].map(([cell, runs]) => [cell, bestOf(runs)] as const)
    const quality = new Map([...rendered, ...best])
    const cost = await bench.run(contenders.filter(({ timed }) => timed).flatMap(costCells), 1)
    return [
      ...HEADS.map((head) => figureOf(head, samplesOf(quality, head.name))),
      figureOf(COST, samplesOf(cost, COST.name)),
    ]
  },
}

function qualityCells({ engine, module, settings, live = false }: Contender): Cell[] {
  const cell = { engine, module: `resamplers/${module}`, scenario: 'resample' }
  return DEVICE_RATES.flatMap((deviceRate): Cell[] =>
    live
      ? WIRE_RATES.map((wireRate) => ({ ...cell, settings: { deviceRate, wireRate } }))
      : [0, 1].map((up) => ({ ...cell, settings: { ...settings, deviceRate, up } })),
  )
}

function costCells({ engine, module, settings }: Contender): Cell[] {
  return WIRE_RATES.map((wireRate) => ({
    engine,
    module: `resamplers/${module}`,
    scenario: 'resampleCost',
    settings: { ...settings, deviceRate: 48_000, wireRate },
    exclusive: true,
  }))
}

/** The best that each number was in some runs. */
function bestOf(runs: readonly Numbers[]): Numbers[] {
  const all = (name: string): number[] => runs.flatMap((numbers) => numbers[name] ?? [])
  return runs.length === 0
    ? []
    : [
        {
          aliasDb: Math.max(...all('aliasDb')),
          passbandDb: Math.min(...all('passbandDb')),
          thdnDb: Math.min(...all('thdnDb')),
        },
      ]
}
