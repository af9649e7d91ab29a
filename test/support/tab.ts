/** A tab, as far as Playwright's and Puppeteer's are alike. */
export interface Tab {
  /** Runs a function there. */
  evaluate<Result>(work: () => Result | Promise<Result>): Promise<Result>
  evaluate<Result, Argument>(
    work: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>
  /** Runs a function there before anything that the page brings. */
  addInitScript(script: () => void): Promise<unknown>
  goto(url: string): Promise<unknown>
  waitForFunction(condition: () => boolean): Promise<unknown>
  /** As a user does. */
  click(selector: string): Promise<void>
  close(): Promise<void>
}

/** A browser that opens tabs, in which the microphone is granted if that is asked for. */
export interface TabBrowser<Opened extends Tab = Tab> {
  newPage(options: { permissions: string[] }): Promise<Opened>
  version(): string
  isConnected(): boolean
  close(): Promise<void>
}
