import { ApiError, GoogleGenAI, Modality } from '@google/genai'

/** Long enough to open a connection; a session that is open outlives it. */
const TOKEN_MS = 60_000

/** What the routes need. */
export interface GeminiRoutesOptions {
  readonly apiKey: string
  readonly model: string
  /** Another place that speaks Gemini's HTTP API. */
  readonly baseUrl?: string
}

/**
 * The routes of a server that holds a Gemini key, for pages that must not: a fetch handler, for an edge
 * runtime as it is, and for Node by way of `node-handler.ts`. Let only your own signed-in users call it.
 *
 * - `POST /token/gemini`: a token that opens one session within a minute, `{ token, expiresAt }`. Model and
 *   modality are locked: the page can spend your quota on nothing else.
 */
export function createGeminiRoutes({ apiKey, model, baseUrl }: GeminiRoutesOptions) {
  const httpOptions = { apiVersion: 'v1alpha', timeout: 10_000, ...(baseUrl && { baseUrl }) }
  const { authTokens } = new GoogleGenAI({ apiKey, httpOptions })
  const headers = { 'cache-control': 'no-store' }

  return async (_request: Request): Promise<Response> => {
    const expiresAt = Date.now() + TOKEN_MS
    try {
      const { name } = await authTokens.create({
        config: {
          uses: 1,
          newSessionExpireTime: new Date(expiresAt).toISOString(),
          liveConnectConstraints: { model, config: { responseModalities: [Modality.AUDIO] } },
          // Only what stands above is locked; instructions and tools are the page's.
          lockAdditionalFields: [],
        },
      })
      return Response.json({ token: name, expiresAt }, { headers })
    } catch (error) {
      const status = error instanceof ApiError ? error.status : undefined
      return Response.json({ error: sentenceFor(status, model) }, { status: 502, headers })
    }
  }
}

function sentenceFor(status: number | undefined, model: string): string {
  if (status === undefined) return 'Google cannot be reached from this server: try again in a moment.'
  if (status === 400) return `Google refuses GEMINI_API_KEY, or ${model}: correct it and start again.`
  if (status === 401 || status === 403) return 'Google refuses GEMINI_API_KEY: correct it and start again.'
  if (status === 404) return `Google does not offer ${model} to this key: set GEMINI_MODEL.`
  if (status === 429) return 'No Gemini quota is left: wait, or check the plan.'
  return `Google answered with HTTP ${status}: try again in a moment.`
}
