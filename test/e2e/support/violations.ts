import type { OpenAIConnection, Violation } from '../../simulators/openai/index.ts'

/** What a client did wrong. To cancel an answer that has just ended is nobody's fault: both were on their way. */
export function violationsOf({ violations }: Pick<OpenAIConnection, 'violations'>): readonly Violation[] {
  return violations.filter(({ code }) => code !== 'response_cancel_not_active')
}
