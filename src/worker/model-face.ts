import type { ListenOptions, Listener } from '../core/emitter.ts'
import type { ModelEvents, RealtimeModel } from '../providers/model.ts'
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
  facts: ModelFacts = {}

  constructor(model: RealtimeModel, worker: () => Promise<object> | undefined) {
    this.#model = model
    const ask = (use: (worker: Partial<RemoteWorker>) => unknown): void => {
      // That it is gone is told otherwise.
      void worker()
        ?.then((far) => use(far))
        .catch(() => {})
    }
    const listen = (...given: Parameters<RealtimeModel['on']>): (() => void) =>
      (Object.getPrototypeOf(model) as RealtimeModel).on.apply(model, given)
    this.#override('on', {
      value: (event: keyof ModelEvents, listener: Listener<unknown>, options?: ListenOptions) => {
        ask((far) => far.listen?.(event))
        return listen(event, listener, options)
      },
    })
    for (const method of METHODS) {
      if (!(method in model)) continue
      this.#override(method, {
        value: (...args: unknown[]) => {
          if (this.open) ask((far) => far.invoke?.(method, args))
          return this.open
        },
      })
    }
    for (const fact of ['droppedFrames', 'callId', 'sessionId']) {
      if (fact in model) this.#override(fact, { get: () => this.facts[fact] })
    }
  }

  /** @returns Whether anybody listens. */
  emit(event: string, payload: unknown): boolean {
    return (this.#model as unknown as { emit(event: string, payload: unknown): boolean }).emit(event, payload)
  }

  #override(name: string, descriptor: PropertyDescriptor): void {
    Object.defineProperty(this.#model, name, { ...descriptor, configurable: true })
  }
}
