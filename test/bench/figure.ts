import type { Page } from 'playwright'
import type { Lab } from './lab/lab.ts'

/** A number that was measured once or several times. */
export interface Measurement {
  /** Not a number when it could not be measured. */
  readonly value: number
  /** What at most one sample in twenty is worse than; of fewer than twenty, the worst of them. */
  readonly p95?: number
}

/** The same figure of what users would pick instead, measured in the same run. */
export interface PeerMeasurement extends Measurement {
  readonly name: string
}

/** One measured figure of a benchmark. */
export interface Figure extends Measurement {
  /** Its name in `npm run bench -- --json`. */
  readonly name: string
  readonly unit: string
  /** What is measured, and how, in a sentence. */
  readonly about: string
  /** What it ought to be at most, or at least if `higherIsBetter`. */
  readonly goal?: number
  readonly higherIsBetter?: boolean
  readonly peers?: readonly PeerMeasurement[]
}

/** What a group is given to measure with. */
export interface BenchContext {
  /** The repository; `dist/` is built. */
  readonly root: string
  /** How often what varies is measured. */
  readonly repeats: number
  /** Whether the peers are installed. */
  readonly withPeers: boolean
  /** The names of the engines to measure; all if absent. */
  readonly engines: readonly string[] | undefined
  /** The Chromium of the run, started when first asked for. */
  readonly lab: () => Promise<Lab<Page>>
  /** Does something with a Firefox. If there is none, that is told as a remark, and undefined is given. */
  readonly inFirefox: <T>(work: (lab: Lab) => Promise<T>) => Promise<T | undefined>
  /** Says something about the run that belongs beside its figures. */
  readonly remark: (text: string) => void
}

/** A module in `groups/` exports one as `group`. */
export interface BenchGroup {
  readonly name: string
  readonly run: (context: BenchContext) => Promise<Figure[]>
}
