import type { ListenOptions, Listener } from '../core/emitter.ts'
import type { ModelEvents, RealtimeModel } from '../providers/model.ts'
import { mapValues } from './portable.ts'
import type { ModelFacts, RemoteWorker } from './worker-protocol.ts'

/** What an application may ask of a model itself. */
const METHODS = ['send', 'sendVideoFrame', 'update']

/**
 * Lets the page's model speak for the one in the Worker: what is asked of it goes there, and what the other
 * tells is heard here.
 */
export class ModelFace {
  readonly #model: RealtimeModel
  /** Whether there is a session to send something to. */
  open = false

  constructor(model: RealtimeModel, worker: () => Promise<object> | undefined) {
    this.#model = model
    const ask = (use: (worker: Partial<RemoteWorker>) => unknown): void => {
      // That it is gone is told otherwise.
      void worker()
        ?.then((far) => use(far))
        .catch(() => {})
    }
    const proto = Object.getPrototypeOf(model) as RealtimeModel
    const methods: Record<string, (...args: never[]) => unknown> = {
      on(event: keyof ModelEvents, ...rest: [Listener<unknown>, ListenOptions?]) {
        ask((far) => far.listen?.(event))
        return proto.on.call(model, event, ...rest)
      },
    }
    for (const method of METHODS) {
      if (!(method in model)) continue
      methods[method] = (...args: unknown[]) => {
        if (this.open) ask((far) => far.invoke?.(method, args))
        return this.open
      }
    }
    Object.assign(model, methods)
  }

  /** What the other tells of itself is told of this one. */
  set facts(facts: ModelFacts) {
    Object.defineProperties(
      this.#model,
      mapValues(facts, (value) => ({ value, configurable: true })) as PropertyDescriptorMap,
    )
  }
}
