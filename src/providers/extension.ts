import type { RealtimeModel } from './model.ts'
import type { Recipe } from './recipe.ts'

/** Something that stands between the pipeline and its model, and changes how they get on. */
export interface ModelExtension {
  /** Such as `'outputGuard'`; unique in a pipeline. */
  readonly name: string
  /** @internal How to make it in a Worker; an extension without one cannot be there. */
  readonly recipe?: Recipe | undefined
  /** @throws OptionError if the model cannot have it; the message says why, and what to do instead. */
  wrap(model: RealtimeModel): RealtimeModel
}
