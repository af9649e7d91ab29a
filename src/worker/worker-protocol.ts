import type { EngineCommand, EngineReport } from '../engine/messages.ts'
import type { HistoryItem } from '../providers/model.ts'
import type { PeerLink, PeerSetup } from '../providers/peer-link.ts'
import type { Ingredients } from './ingredients.ts'
import type { RemotePort } from './remote.ts'

/** A function of the other side's. */
type Afar<Call extends (...args: never[]) => unknown> = (
  ...args: Parameters<Call>
) => Promise<Awaited<ReturnType<Call>>>

/** What a model tells of itself besides its events, such as `droppedFrames`. */
export type ModelFacts = Readonly<Record<string, unknown>>

/** What can be told of a peer connection only by asking. */
export interface RemotePeer extends Pick<PeerLink, 'offer'> {
  /** @returns The longest message that the other side takes, bytes. */
  readonly accept: (answer: string) => Promise<number>
  /** @returns Bytes that wait. */
  readonly send: (text: string) => Promise<number>
}

/** What the page has for the Worker. */
export interface PageSide {
  readonly report: (report: EngineReport, facts: ModelFacts) => void
  /** Items of the history that are new or changed; without them, it is empty now. */
  readonly remember: (items?: readonly (readonly [id: string, item: HistoryItem])[]) => void
  /** An event of the model's. @returns Whether anybody listens. */
  readonly emit: (event: string, payload: unknown) => boolean
  readonly openPeer: (setup: PeerSetup) => Promise<RemotePeer>
}

/** What the Worker has for the page. */
export interface WorkerSide {
  readonly handle: (command: EngineCommand) => void
  /** Somebody listens to an event of the model's from now on. */
  readonly listen: (event: string) => void
  /** Calls a method of the model's. */
  readonly invoke: (method: string, args: readonly unknown[]) => void
}

/** What a Worker makes model and extensions of. */
export interface WorkerRecipes {
  readonly model: Ingredients
  readonly extensions: readonly Ingredients[]
}

/** What the page begins with: call 0. */
export interface WorkerSetup extends WorkerRecipes {
  /** Zero of the page's clock, ms since 1970. */
  readonly timeOrigin: number
  readonly page: { readonly [Name in keyof PageSide]: Afar<PageSide[Name]> }
}

/** {@link WorkerSide}, as the page has it. */
export type RemoteWorker = { readonly [Name in keyof WorkerSide]: Afar<WorkerSide[Name]> }

/** What a dedicated Worker has, and a shared one is given. */
export interface WorkerHandle extends RemotePort {
  onerror: ((event: ErrorEvent) => unknown) | null
  onmessageerror: ((event: MessageEvent) => unknown) | null
  terminate(): void
}
