import type { ModelExtension } from '../providers/extension.ts'
import type { RealtimeModel } from '../providers/model.ts'
import type { EngineHost } from './engine.ts'
import type { EngineLike } from './messages.ts'

/** Whose engine runs elsewhere. */
export interface ThreadPage {
  readonly options: { readonly extensions?: readonly ModelExtension[] }
  /** Gives the sound to another engine, by `attachMicrophone` and `attachSpeaker`. */
  readonly audio: {
    attachMicrophone(): void
    attachSpeaker(signal: AbortSignal): Promise<void>
  }
  readonly life: Pick<AbortController, 'signal'>
}

/** Where the engine runs. Made by `engineWorker()` of `vivavoce/worker`. */
export interface EngineThread {
  /** Where the conversation runs; `undefined` before it is known, which is when it starts. */
  readonly chosen: 'worker' | 'main' | undefined
  /** @internal Makes an engine there; `makeHere` makes one on the page. Throws an `OptionError`. */
  open(page: ThreadPage, model: RealtimeModel, host: EngineHost, makeHere: () => EngineLike): EngineLike
}
