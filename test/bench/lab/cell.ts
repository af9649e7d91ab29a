/** Measured numbers by name. */
export type Numbers = Readonly<Record<string, number>>

/** One thing to measure of one engine, in a page of its own. */
export interface Cell {
  /** Whose numbers these are, as it is called in the tables. */
  readonly engine: string
  /** What drives the engine, such as `players/wavtools`. */
  readonly module: string
  /** Which of the page's scenarios. */
  readonly scenario: string
  /** What else the scenario has to know. */
  readonly settings?: Numbers
  /** Rate of an `AudioContext` that asks for none, Hz. Default: 48000. */
  readonly deviceRate?: number
  /** Whether what reaches the destination is recorded. Default: yes. */
  readonly tap?: boolean
  /** Whether nothing else may run meanwhile. */
  readonly exclusive?: boolean
  /** How often it is measured at most: what hardly varies needs it less. */
  readonly repeats?: number
}

declare global {
  interface Window {
    /** Runs a cell in its page. */
    runCell(cell: Cell): Promise<Numbers>
  }
}
