import type { ConversationItem } from './conversation.ts'
import type { WireMessage } from './wire.ts'

const REQUESTS_PER_DAY = 10_000
const TOKENS_PER_MINUTE = 40_000
let requests = 0

/** Tokens of a text, roughly. */
function textTokens(text: string): number {
  return Math.ceil(text.length / 4)
}

/** What a response has used: plausible figures, not the service's. */
export function usageOf(
  context: readonly ConversationItem[],
  output: { readonly text: string; readonly audioMs: number },
): Readonly<Record<string, unknown>> {
  const inputText = context.reduce((sum, { wire }) => sum + textTokens(JSON.stringify(wire)), 0)
  const inputAudio = context.reduce((sum, { pcm }) => sum + Math.ceil((pcm?.length ?? 0) / 2400), 0)
  const outputText = textTokens(output.text)
  const outputAudio = Math.ceil(output.audioMs / 50)
  const none = { text_tokens: 0, audio_tokens: 0, image_tokens: 0 }
  return {
    total_tokens: inputText + inputAudio + outputText + outputAudio,
    input_tokens: inputText + inputAudio,
    output_tokens: outputText + outputAudio,
    input_token_details: {
      ...none,
      text_tokens: inputText,
      audio_tokens: inputAudio,
      cached_tokens: 0,
      cached_tokens_details: none,
    },
    output_token_details: { text_tokens: outputText, audio_tokens: outputAudio },
  }
}

/** What is left of the limits: they never run out. */
export function rateLimits(): WireMessage {
  requests++
  const remaining = REQUESTS_PER_DAY - (requests % REQUESTS_PER_DAY)
  return {
    type: 'rate_limits.updated',
    rate_limits: [
      { name: 'requests', limit: REQUESTS_PER_DAY, remaining, reset_seconds: 8.64 },
      { name: 'tokens', limit: TOKENS_PER_MINUTE, remaining: TOKENS_PER_MINUTE - 400, reset_seconds: 0.6 },
    ],
  }
}
