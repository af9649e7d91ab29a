import { figureOf, samplesOf, type FigureHead } from '../cell-figure.ts'
import { chosenEngines, OURS } from '../engines.ts'
import type { BenchGroup, Figure } from '../figure.ts'
import type { Cell } from '../lab/cell.ts'

const HEARD = ['heardPlain', 'heardAfterPause', 'heardThird', 'heardAtUnderrun']

const HEADS: readonly FigureHead[] = [
  {
    name: 'flushStepRatio',
    unit: '×',
    goal: 1.5,
    worst: true,
    about:
      'largest step between two samples at that interrupt, against the steepest of the tone itself; worst run',
  },
  {
    name: 'heardErrorMs',
    unit: 'ms',
    goal: 10,
    worst: true,
    about:
      'what the engine says was heard of an item, at an interrupt, against what was rendered of it; worst of: ' +
      'one item, one with a pause of 0.5 s in it, the third of three, one that has just run dry',
  },
  {
    name: 'burstGapMs',
    unit: 'ms',
    goal: 0,
    about: 'silence inside 3 s of audio received at once, the main thread blocked for 600 ms',
  },
  {
    name: 'liveGapMainThreadMs',
    unit: 'ms',
    about:
      'silence inside audio that comes in real time, 100 ms ahead, the main thread blocked twice for 300 ms; ' +
      'the engine runs on the main thread',
  },
  {
    name: 'firstByteToEarMs',
    unit: 'ms',
    goal: 100,
    about:
      'first byte handed to the player to first sound at the ear (rendered + baseLatency + outputLatency), ' +
      'audio coming in real time in 20 ms chunks, the prebuffer included; an `<audio>` element behind the graph ' +
      '(@elevenlabs/client, agents) is not',
  },
  {
    name: 'firstChunkToEarMs',
    unit: 'ms',
    about: 'the same, the audio coming in chunks of 100 ms',
  },
  {
    name: 'underrunLossPercent',
    unit: '%',
    about: 'audio that is never played, of chunks of 60 ms that come each 100 ms',
  },
]

/** What comes out of the speaker, and when. */
export const group: BenchGroup = {
  name: 'playback',
  async run({ lab, repeats, engines }) {
    const results = await (await lab()).run(cells(engines), repeats)
    const [batchMs = 10] = samplesOf(results, 'renderBatchMs').get(OURS) ?? []
    const tail: FigureHead = {
      name: 'flushTailMs',
      unit: 'ms',
      goal: Math.round(batchMs) + 5,
      about:
        `interrupt to silence in the graph (below −54 dBFS), 4 s queued; the goal is one render batch ` +
        `(${Math.round(batchMs)} ms here) and 5 ms`,
    }
    const seam = (rate: number): Figure => {
      const name = `seamSnr${rate}Db`
      const about = `997 Hz in chunks of 37 ms against all that is heard beside it, on a device of ${rate} Hz`
      const ofRate = new Map([...results].filter(([{ deviceRate }]) => deviceRate === rate))
      return figureOf({ name, unit: 'dB', about, higherIsBetter: true }, samplesOf(ofRate, 'seamSnrDb'))
    }
    return [
      ...[tail, ...HEADS].map((head) => figureOf(head, samplesOf(results, head.name))),
      seam(44_100),
      seam(48_000),
    ]
  },
}

function cells(names: readonly string[] | undefined): Cell[] {
  return chosenEngines(names).flatMap(({ name, module, tellsHeard }) => {
    const cell = { engine: name, module: `players/${module}` }
    return [
      { ...cell, scenario: 'flush' },
      { ...cell, scenario: 'burst', exclusive: true, repeats: 2 },
      { ...cell, scenario: 'live', exclusive: true, repeats: 3 },
      { ...cell, scenario: 'firstSound', settings: { chunkMs: 20 } },
      { ...cell, scenario: 'firstSound', settings: { chunkMs: 100 }, repeats: 3 },
      { ...cell, scenario: 'underrun', repeats: 3 },
      ...[44_100, 48_000].map((deviceRate) => ({ ...cell, scenario: 'seams', deviceRate, repeats: 3 })),
      ...(tellsHeard ? HEARD.map((scenario) => ({ ...cell, scenario, repeats: 2 })) : []),
    ]
  })
}
