import type { Usage } from '../model.ts'
import type { WireUsage } from './wire.ts'

/** What a response cost, as it is told. */
export function usageOf(usage: WireUsage): Usage {
  const { input_tokens = 0, output_tokens = 0, total_tokens = 0 } = usage
  return {
    inputTokens: input_tokens,
    outputTokens: output_tokens,
    totalTokens: total_tokens,
    details: usage,
  }
}
