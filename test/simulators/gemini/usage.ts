import { textOf, type Content } from './conversation.ts'
import type { Json } from './wire.ts'

/** What a turn has used: plausible figures, not the service's. */
export function usageOf(
  contents: readonly Content[],
  said: { readonly modality: string; readonly tokens: number; readonly thought: string },
): Json {
  const text = contents.reduce((sum, content) => sum + Math.ceil(textOf(content).length / 4), 1)
  const audio = contents.reduce((sum, { pcm }) => sum + Math.ceil((pcm?.length ?? 0) / 640), 0)
  const details = [
    { modality: 'TEXT', tokenCount: text },
    ...(audio > 0 ? [{ modality: 'AUDIO', tokenCount: audio }] : []),
  ]
  return {
    promptTokenCount: text + audio,
    responseTokenCount: said.tokens,
    totalTokenCount: text + audio + said.tokens,
    promptTokensDetails: details,
    responseTokensDetails: [{ modality: said.modality, tokenCount: said.tokens }],
    ...(said.thought === '' ? {} : { thoughtsTokenCount: Math.ceil(said.thought.length / 4) }),
  }
}
