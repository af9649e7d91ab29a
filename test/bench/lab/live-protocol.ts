/** The tool that pages of the bench have. */
export const TOOL = 'look_up'

/** What a page has the server do, while it is frozen perhaps. */
export type LiveOrder =
  | { readonly order: 'report' }
  /** The user is to speak, or the agent to call its tool, so many ms later. */
  | { readonly order: 'interrupt' | 'callTool'; readonly inMs: number }

/** What the server noted in its latest session, ms since 1970. */
export interface LiveReport {
  /** The user was told to have begun to speak. */
  readonly speechAt: number
  /** The client told what was heard. */
  readonly truncatedAt: number
  readonly heardMs: number
  /** When frames of the microphone arrived. */
  readonly framesAt: readonly number[]
  /** The client was asked to call its tool. */
  readonly calledAt: number
  /** It told what the tool gave. */
  readonly outputAt: number
}
