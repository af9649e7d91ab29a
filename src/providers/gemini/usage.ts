import type { Usage } from '../model.ts'
import type { WireUsage } from './wire.ts'

/** What an answer cost, by Google's account. */
export function usageOf(details: WireUsage): Usage {
  const { promptTokenCount = 0, responseTokenCount = 0, totalTokenCount = 0 } = details
  return {
    inputTokens: promptTokenCount,
    outputTokens: responseTokenCount,
    totalTokens: totalTokenCount,
    details,
  }
}
