import OpenAI, { APIError } from 'openai'

/** Long enough to open a connection; a session that is open outlives it. */
const TOKEN_SECONDS = 60

/** What the routes need. */
export interface OpenAIRoutesOptions {
  readonly apiKey: string
  readonly model: string
  readonly liveModel: string
  /** Another place that speaks OpenAI's HTTP API. */
  readonly baseURL?: string
}

/**
 * The routes of a server that holds an OpenAI key, for pages that must not: a fetch handler, for an edge
 * runtime as it is, and for Node by way of `node-handler.ts`. Let only your own signed-in users call it.
 *
 * - `POST /token/openai`: a token that lasts a minute, `{ token, expiresAt }`.
 * - `POST /call/openai`: a page's WebRTC offer (SDP) in, OpenAI's answer out. The page needs no token.
 * - `POST /live/openai`: the same for OpenAI Live, `{ sdp, session }` in, `{ sdp, sessionId }` out.
 */
export function createOpenAIRoutes({ apiKey, model, liveModel, baseURL }: OpenAIRoutesOptions) {
  const openai = new OpenAI({ apiKey, ...(baseURL && { baseURL }), maxRetries: 1, timeout: 10_000 })
  const session = { type: 'realtime', model } as const
  const headers = { 'cache-control': 'no-store' }

  return async (request: Request): Promise<Response> => {
    try {
      const { pathname } = new URL(request.url)
      if (pathname === '/live/openai') {
        const { sdp, session } = (await request.json()) as { sdp: string; session: object }
        const live = await openai.live.create({
          session: { ...session, model: liveModel },
          transport: { type: 'webrtc', sdp },
        })
        return Response.json({ sdp: live.transport.sdp, sessionId: live.session.id }, { headers })
      }
      if (pathname === '/call/openai') {
        const answer = await openai.realtime.calls.create({ sdp: await request.text(), session })
        return new Response(await answer.text(), {
          headers: { ...headers, 'content-type': 'application/sdp' },
        })
      }
      const { value, expires_at } = await openai.realtime.clientSecrets.create({
        expires_after: { anchor: 'created_at', seconds: TOKEN_SECONDS },
        session,
      })
      return Response.json({ token: value, expiresAt: expires_at * 1000 }, { headers })
    } catch (error) {
      // OpenAI's own message repeats a part of the key.
      const status = error instanceof APIError ? error.status : undefined
      return Response.json({ error: sentenceFor(status, model) }, { status: 502, headers })
    }
  }
}

function sentenceFor(status: number | undefined, model: string): string {
  if (status === undefined) return 'OpenAI cannot be reached from this server: try again in a moment.'
  if (status === 401) return 'OpenAI refuses OPENAI_API_KEY: correct it and start the server again.'
  if (status === 403 || status === 404) return `OpenAI does not offer ${model} to this key: set OPENAI_MODEL.`
  if (status === 429)
    return 'OpenAI has had too many requests, or no credit is left: wait, or check the plan.'
  return `OpenAI answered with HTTP ${status}: try again in a moment.`
}
