import { GeminiRealtime } from '../../providers/gemini/gemini-realtime.ts'
import { NovaSonicRealtime } from '../../providers/nova-sonic/nova-sonic-realtime.ts'
import { azure } from '../../providers/openai/azure.ts'
import { OpenAILive } from '../../providers/openai/live/openai-live.ts'
import { OpenAIRealtime } from '../../providers/openai/openai-realtime.ts'
import { xai } from '../../providers/openai/xai.ts'
import type { Ingredients } from '../ingredients.ts'

/** Makes what has a `Recipe`, by its name. */
export type Makers = Readonly<Record<string, (options: never) => unknown>>

/** Makes something, and first what its options have to be made of. */
export function make(makers: Makers, { recipe, options }: Ingredients): unknown {
  const parts = Object.entries(options).map(([option, part]) => [
    option,
    isIngredients(part) ? make(makers, part) : part,
  ])
  return makers[recipe]?.(Object.fromEntries(parts) as never)
}

function isIngredients(part: unknown): part is Ingredients {
  const { recipe, options } = Object(part) as Partial<Ingredients>
  return typeof recipe === 'string' && typeof options === 'object'
}

export const openai: Makers = {
  OpenAIRealtime: (options) => new OpenAIRealtime(options),
  OpenAILive: (options) => new OpenAILive(options),
  azure,
  xai,
}

export const gemini: Makers = {
  GeminiRealtime: (options) => new GeminiRealtime(options),
}

export const novaSonic: Makers = {
  NovaSonicRealtime: (options) => new NovaSonicRealtime(options),
}
