import { figureOf, samplesOf, type FigureHead } from '../cell-figure.ts'
import { chosenEngines, OURS } from '../engines.ts'
import type { BenchGroup } from '../figure.ts'
import type { Cell } from '../lab/cell.ts'
import { serveLive } from '../lab/live-server.ts'

const ON_PAGE = 'vivavoce without engineWorker()'

const HEADS: readonly FigureHead[] = [
  {
    name: 'liveGapMs',
    unit: 'ms',
    goal: 20,
    about:
      'silence inside a voice that comes over a WebSocket in real time, 100 ms ahead, the main thread blocked ' +
      'twice for 300 ms; vivavoce with `engineWorker()`, all others on the main thread, where they run',
  },
  {
    name: 'frozenFlushMs',
    unit: 'ms',
    goal: 30,
    about:
      'from the server saying that the user speaks, the main thread blocked for a second, to silence in the graph',
  },
  {
    name: 'frozenTruncateMs',
    unit: 'ms',
    about: 'the same, until the server is told how much was heard',
  },
  {
    name: 'frozenHeardErrorMs',
    unit: 'ms',
    goal: 10,
    about: 'what the server is told then, against what was rendered',
  },
  {
    name: 'micGapMs',
    unit: 'ms',
    goal: 60,
    about:
      'longest time between two frames of the microphone at the server, the main thread blocked for a second',
  },
]

/** What a page that is blocked does to a conversation. */
export const group: BenchGroup = {
  name: 'freeze',
  async run({ lab, repeats, engines }) {
    const server = await serveLive()
    try {
      const results = await (await lab()).run(cells(engines, server.port), repeats)
      return HEADS.map((head) => figureOf(head, samplesOf(results, head.name)))
    } finally {
      server.close()
    }
  },
}

function cells(names: readonly string[] | undefined, port: number): Cell[] {
  const ours = [
    { engine: OURS, module: 'hosts/vivavoce-worker' },
    { engine: ON_PAGE, module: 'hosts/vivavoce-main' },
  ].flatMap((host) => ['frozenHost', 'frozenBargeIn'].map((scenario) => ({ ...host, scenario })))
  const peers = chosenEngines(names)
    .filter(({ name }) => name !== OURS)
    .map(({ name, module }) => ({ engine: name, module: `players/${module}`, scenario: 'frozenPlayer' }))
  return [...ours, ...peers].map((cell) => ({ ...cell, settings: { port }, exclusive: true }))
}
