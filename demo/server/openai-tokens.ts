import { MintError, type MintedToken, type TokenSource } from './token-source.ts'

/** Long enough to open a connection; a session that is open outlives it. */
const TOKEN_SECONDS = 60

/** Mints client secrets with the server's own key, which never leaves it. */
export function createOpenAITokens(apiKey: string, model: string): TokenSource {
  return {
    config: { service: 'openai', model },
    async mint(): Promise<MintedToken> {
      const { default: OpenAI, APIConnectionError, APIError } = await import('openai')
      try {
        const client = new OpenAI({ apiKey, maxRetries: 1, timeout: 10_000 })
        const secret = await client.realtime.clientSecrets.create({
          expires_after: { anchor: 'created_at', seconds: TOKEN_SECONDS },
          session: { type: 'realtime', model },
        })
        return { token: secret.value, expiresAt: secret.expires_at * 1000 }
      } catch (error) {
        // OpenAI's own message repeats a part of the key.
        if (error instanceof APIConnectionError) throw new MintError('api.openai.com cannot be reached.')
        throw new MintError(sentenceFor(error instanceof APIError ? error.status : undefined, model))
      }
    },
  }
}

function sentenceFor(status: number | undefined, model: string): string {
  if (status === 401) return 'OpenAI refuses OPENAI_API_KEY: correct it and start the server again.'
  if (status === 403 || status === 404) return `OpenAI does not offer ${model} to this key: set OPENAI_MODEL.`
  if (status === 429)
    return 'OpenAI has had too many requests, or no credit is left: wait, or check the plan.'
  return `OpenAI mints no token${status === undefined ? '' : ` (HTTP ${status})`}: try again in a moment.`
}
