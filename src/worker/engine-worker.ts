import type { EngineThread } from '../engine/engine-thread.ts'
import type { ModelExtension } from '../providers/extension.ts'
import type { RealtimeModel } from '../providers/model.ts'
import { ingredientsOf, unportable } from './ingredients.ts'
import { ThreadedEngine } from './threaded-engine.ts'
import type { WorkerRecipes } from './worker-protocol.ts'

/** Options of {@link engineWorker}. */
export interface EngineWorkerOptions {
  /**
   * Where your site serves `vivavoce/worklets/engine.js`, for a Content-Security-Policy without
   * `worker-src blob:`. Default: the script comes with the package.
   */
  readonly url?: string
  /**
   * `'always'`: what cannot run in a Worker is an error. `'auto'`: it runs on the page, and `chosen` and
   * `reason` tell so. Default `'always'`.
   */
  readonly when?: 'always' | 'auto'
}

/** Made by {@link engineWorker}. */
export interface EngineWorker extends EngineThread {
  /** Why it runs on the page, if it does. */
  readonly reason: Error | undefined
}

/**
 * Runs a pipeline's engine (connection, codecs, turns) in a Worker of its own, so that a page that is busy
 * neither makes the voice stutter nor holds up an interruption.
 *
 * ```ts
 * new RealTimePipeline({ model, agent, thread: engineWorker() })
 * ```
 *
 * Models of vivavoce's can run there, models of your own cannot: with `when: 'always'` they are an
 * `OptionError` of the pipeline's. If the Worker crashes, that is one `error` event, and the conversation goes
 * on in another.
 *
 * Firefox takes the WebSocket of a Worker through the page's thread all the same, unless the page is isolated
 * (`crossOriginIsolated`): there it is a shared Worker. Over WebRTC nothing waits.
 */
export function engineWorker({ url, when = 'always' }: EngineWorkerOptions = {}): EngineWorker {
  const thread: { -readonly [Key in keyof EngineWorker]: EngineWorker[Key] } = {
    chosen: undefined,
    reason: undefined,
    open(page, model, host, makeHere) {
      const makeOnPage = (cause: Error): ReturnType<typeof makeHere> => {
        if (when === 'always') throw cause
        thread.chosen = 'main'
        thread.reason = cause
        return makeHere()
      }
      try {
        const recipes = recipesOf(model, page.options.extensions)
        const onStarted = (): void => void (thread.chosen = 'worker')
        return new ThreadedEngine({ model, recipes, page, host, url, makeOnPage, onStarted })
      } catch (error) {
        return makeOnPage(error as Error)
      }
    },
  }
  return thread
}

function recipesOf(model: RealtimeModel, extensions: readonly ModelExtension[] = []): WorkerRecipes {
  if (!model.recipe) throw unportable(model.constructor.name, 'model')
  if (typeof Worker === 'undefined') throw unportable('An engine', 'thread')
  // What it refuses it refuses here, at once; it must not hear what the model's copy tells.
  const deaf = Object.create(model, { on: { value: () => () => {} } }) as RealtimeModel
  extensions.reduce((inner, extension) => extension.wrap(inner), deaf)
  return {
    model: ingredientsOf(model.recipe),
    extensions: extensions.map(({ name, recipe }) => {
      if (!recipe) throw unportable(name, 'extensions')
      return ingredientsOf(recipe)
    }),
  }
}
