import type { Usage } from '../model.ts'
import type { WireUsage } from './wire.ts'

/** What was spent since the last account; `undefined` if nothing. */
export function usageOf(event: WireUsage | null | undefined): Usage | undefined {
  const { input, output } = (event?.details?.delta ?? {}) as Readonly<Record<string, unknown>>
  const inputTokens = sum(input)
  const outputTokens = sum(output)
  const totalTokens = inputTokens + outputTokens
  return totalTokens > 0 ? { inputTokens, outputTokens, totalTokens, details: event } : undefined
}

/** @param counts By kind: of speech, of text. */
function sum(counts: unknown): number {
  return Object.values(counts ?? {}).reduce<number>((total, count) => total + (Number(count) || 0), 0)
}
