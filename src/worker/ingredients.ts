import { OptionError } from '../core/errors.ts'
import type { Recipe } from '../providers/recipe.ts'
import { mapValues } from './portable.ts'

/** A {@link Recipe} that can be sent, and so are those that its options have. */
export interface Ingredients {
  readonly recipe: string
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * What is sent in place of something that has a recipe.
 * @throws OptionError `option-unsupported` if there is a function that cannot be asked from elsewhere.
 */
export function ingredientsOf({ name, options }: Recipe): Ingredients {
  const parts = mapValues(options, (part, option) => {
    const { recipe } = Object(part) as { readonly recipe?: Partial<Recipe> }
    if (recipe?.name && recipe.options) return ingredientsOf(recipe as Recipe)
    const inside = typeof part === 'object' ? Object.values(Object(part) as object) : []
    if (inside.some((inner) => typeof inner === 'function')) {
      throw unportable(`A function of ${name}`, option)
    }
    return part
  })
  return { recipe: name, options: parts as Ingredients['options'] }
}

/** Why something cannot be sent. */
export function unportable(what: string, option: string): OptionError {
  return new OptionError(`${what} cannot run in a Worker (${option}): use engineWorker({ when: 'auto' }).`, {
    code: 'option-unsupported',
    option,
  })
}
