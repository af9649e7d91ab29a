import { chromium, type BrowserContext, type Page } from 'playwright'
import { randomFrom, shuffled } from '../statistics.ts'
import type { Cell, Numbers } from './cell.ts'
import { bundlePages } from './page-bundle.ts'
import { servePages, type PageServer } from './page-server.ts'
import { pooled } from './pool.ts'

const CELL_TIMEOUT_MS = 30_000
/** Cells that are idle most of their time, and measure nothing but samples, run side by side. */
export const SIDE_BY_SIDE = 3

/** What a {@link Lab} is opened with. */
export interface LabSetup {
  readonly root: string
  readonly chromiumPath: string
  /** Whether the peers are installed. */
  readonly withPeers: boolean
  /** Decides the order of the cells. */
  readonly seed: number
  /** Says something about the run that belongs beside its figures. */
  readonly remark: (text: string) => void
}

/** One headless Chromium, in which every engine is measured by the same pages. */
export class Lab {
  readonly #context: BrowserContext
  readonly #server: PageServer
  readonly #random: () => number
  readonly #remark: (text: string) => void

  private constructor(context: BrowserContext, server: PageServer, { seed, remark }: LabSetup) {
    this.#context = context
    this.#server = server
    this.#random = randomFrom(seed)
    this.#remark = remark
  }

  static async open(setup: LabSetup): Promise<Lab> {
    const server = await servePages(await bundlePages(setup.root, setup.withPeers))
    const browser = await chromium.launch({
      executablePath: setup.chromiumPath,
      args: [
        '--no-sandbox',
        '--autoplay-policy=no-user-gesture-required',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
      ],
    })
    const context = await browser.newContext({ permissions: ['microphone'] })
    // Holds the window open, which would take its time to open for each page.
    await context.newPage()
    return new Lab(context, server, setup)
  }

  /** Version of the browser. */
  get chromiumVersion(): string {
    return this.#context.browser()?.version() ?? 'unknown'
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
  async withPage<T>(cell: Cell, work: (page: Page) => Promise<T>): Promise<T | undefined> {
    const { deviceRate = 48_000, tap = true } = cell
    const page = await this.#context.newPage()
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${CELL_TIMEOUT_MS} ms`)), CELL_TIMEOUT_MS)
    })
    const done = async (): Promise<T> => {
      await page.goto(`${this.#server.url}?deviceRate=${deviceRate}&tap=${tap}`)
      await page.waitForFunction(() => 'runCell' in window)
      return work(page)
    }
    try {
      return await Promise.race([done(), timeout])
    } catch (error) {
      if (!this.#context.browser()?.isConnected()) throw error
      const [reason] = String(error).replace('page.evaluate: ', '').split('\n')
      this.#remark(`${cell.module} did not run ${cell.scenario}: ${reason}`)
      return undefined
    } finally {
      clearTimeout(timer)
      await page.close()
    }
  }

  async close(): Promise<void> {
    await this.#context.browser()?.close()
    this.#server.close()
  }
}
