import type { Tab, TabBrowser } from '../../support/tab.ts'
import { randomFrom, shuffled } from '../statistics.ts'
import type { Cell, Numbers } from './cell.ts'
import { pooled } from './pool.ts'

const CELL_TIMEOUT_MS = 30_000
/** Cells that are idle most of their time, and measure nothing but samples, run side by side. */
export const SIDE_BY_SIDE = 3

/** What a {@link Lab} works with. */
export interface LabSetup<Opened extends Tab> {
  readonly browser: TabBrowser<Opened>
  /** Where its pages are served. */
  readonly url: string
  /** Decides the order of the cells. */
  readonly seed: number
  /** Says something about the run that belongs beside its figures. */
  readonly remark: (text: string) => void
}

/** One headless browser, in which every engine is measured by the same pages. */
export class Lab<Opened extends Tab = Tab> {
  readonly #browser: TabBrowser<Opened>
  readonly #url: string
  readonly #random: () => number
  readonly #remark: (text: string) => void

  constructor({ browser, url, seed, remark }: LabSetup<Opened>) {
    this.#browser = browser
    this.#url = url
    this.#random = randomFrom(seed)
    this.#remark = remark
  }

  /** Runs each cell `repeats` times, all in random order, and gives what each measured, by cell. */
  async run(cells: readonly Cell[], repeats: number): Promise<Map<Cell, Numbers[]>> {
    const results = new Map<Cell, Numbers[]>(cells.map((cell) => [cell, []]))
    const runs = cells.flatMap((cell) =>
      Array.from({ length: Math.min(cell.repeats ?? repeats, repeats) }, () => cell),
    )
    const work = async (cell: Cell): Promise<void> => {
      const numbers = await this.withPage(cell, (page) =>
        page.evaluate((asked) => window.runCell(asked), cell),
      )
      if (numbers) results.get(cell)?.push(numbers)
    }
    const order = shuffled(runs, this.#random)
    await pooled(
      order.filter(({ exclusive }) => !exclusive),
      SIDE_BY_SIDE,
      work,
    )
    await pooled(
      order.filter(({ exclusive }) => exclusive),
      1,
      work,
    )
    return results
  }

  /**
   * Does something with a fresh page, in a process of its own, whose harness is ready for `cell`.
   * If that fails, or does not end, it is told as a remark, and undefined is given.
   */
  async withPage<T>(cell: Cell, work: (page: Opened) => Promise<T>): Promise<T | undefined> {
    const { deviceRate = 48_000, tap = true } = cell
    const page = await this.#browser.newPage({ permissions: ['microphone'] })
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${CELL_TIMEOUT_MS} ms`)), CELL_TIMEOUT_MS)
    })
    const done = async (): Promise<T> => {
      await page.goto(`${this.#url}?deviceRate=${deviceRate}&tap=${tap}`)
      await page.waitForFunction(() => 'runCell' in window)
      return work(page)
    }
    try {
      return await Promise.race([done(), timeout])
    } catch (error) {
      if (!this.#browser.isConnected()) throw error
      const [reason] = String(error).replace('page.evaluate: ', '').split('\n')
      this.#remark(`${cell.module} did not run ${cell.scenario}: ${reason}`)
      return undefined
    } finally {
      clearTimeout(timer)
      await page.close()
    }
  }
}
