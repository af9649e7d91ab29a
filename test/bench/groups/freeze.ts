import { figureOf, samplesOf, type FigureHead } from '../cell-figure.ts'
import { chosenEngines, OURS } from '../engines.ts'
import type { BenchGroup } from '../figure.ts'
import type { Cell } from '../lab/cell.ts'
import type { Lab } from '../lab/lab.ts'
import { serveLive } from '../lab/live-server.ts'

const HOSTS = [
  { engine: OURS, module: 'hosts/vivavoce-worker' },
  { engine: 'vivavoce without engineWorker()', module: 'hosts/vivavoce-main' },
]

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

const TOOL_HEADS: readonly FigureHead[] = [
  {
    name: 'toolAnswerMs',
    unit: 'ms',
    about: 'from the call of a tool that takes no time to the first sound of the answer, the page at leisure',
  },
  {
    name: 'frozenToolAnswerMs',
    unit: 'ms',
    about:
      'the same, called in the middle of a second in which the main thread is blocked: tools run on the page, and ' +
      'wait for it',
  },
  {
    name: 'frozenToolMs',
    unit: 'ms',
    about: 'of that, until the server is told what the tool gave',
  },
]

/** What a page that is blocked does to a conversation. */
export const group: BenchGroup = {
  name: 'freeze',
  async run({ lab, inFirefox, repeats, engines }) {
    const server = await serveLive()
    const cells = freezeCells(engines)
    const measure = async (lab: Pick<Lab, 'run'>, wanted: readonly Cell[]) =>
      lab.run(
        wanted.map((cell) => ({
          ...cell,
          settings: { ...cell.settings, port: server.port },
          exclusive: true,
        })),
        repeats,
      )
    try {
      const here = await measure(await lab(), [...cells, ...toolCells()])
      const there = await inFirefox(async (firefox) => measure(firefox, cells))
      return [
        ...HEADS.map((head) => figureOf(head, samplesOf(here, head.name))),
        ...HEADS.flatMap((head) =>
          there ? [figureOf(inFirefoxHead(head), samplesOf(there, head.name))] : [],
        ),
        ...TOOL_HEADS.map((head) => figureOf(head, samplesOf(here, head.name))),
      ]
    } finally {
      server.close()
    }
  },
}

function inFirefoxHead({ name, ...head }: FigureHead): FigureHead {
  return { ...head, name: name.replace(/Ms$/, 'FirefoxMs'), about: `\`${name}\` in Firefox` }
}

function freezeCells(names: readonly string[] | undefined): Cell[] {
  const ours = HOSTS.flatMap((host) =>
    ['frozenHost', 'frozenBargeIn'].map((scenario) => ({ ...host, scenario })),
  )
  const peers = chosenEngines(names)
    .filter(({ name }) => name !== OURS)
    .map(({ name, module }) => ({ engine: name, module: `players/${module}`, scenario: 'frozenPlayer' }))
  return [...ours, ...peers]
}

function toolCells(): Cell[] {
  return HOSTS.flatMap((host) =>
    [0, 1].map((frozen) => ({ ...host, scenario: 'toolAnswer', settings: { frozen } })),
  )
}
