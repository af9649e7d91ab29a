/** One measured figure of a benchmark. */
export interface Figure {
  /** Its name in `npm run bench -- --json`. */
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it ought to be at most, or at least if `higherIsBetter`. */
  readonly goal?: number
  readonly higherIsBetter?: boolean
  /** The same figure of what users would pick instead, measured in the same run. */
  readonly peers?: readonly { readonly name: string; readonly value: number }[]
}

/** What a group is given to measure with. */
export interface BenchContext {
  /** The repository; `dist/` is built. */
  readonly root: string
  /** Gives the path of a Chromium, which is looked for, and if need be installed, when first asked for. */
  chromiumPath(): Promise<string>
}

/** A module in `groups/` exports one as `group`. */
export interface BenchGroup {
  readonly name: string
  run(context: BenchContext): Promise<Figure[]>
}
