import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Connect, Plugin, PreviewServer, ViteDevServer } from 'vite'
import { sendJson } from './server/json-response.ts'
import { createOpenAITokens } from './server/openai-tokens.ts'
import { isSameOrigin } from './server/same-origin.ts'
import { createSimulatorTokens } from './server/simulator-tokens.ts'
import { MintError, type TokenSource } from './server/token-source.ts'

const DEFAULT_MODEL = 'gpt-realtime-2.1'

/**
 * What the demo page needs of its server: `GET /demo/config.json` says which service it talks to, and
 * `POST /token/openai` mints a short-lived token for it. With `OPENAI_API_KEY` set that is OpenAI, with
 * the model of `OPENAI_MODEL`; otherwise it is the simulator, on this same server.
 */
export function demoServer(): Plugin {
  return {
    name: 'vivavoce:demo',
    configureServer: serveDemo,
    configurePreviewServer: serveDemo,
  }
}

function serveDemo({ middlewares, httpServer }: ViteDevServer | PreviewServer): void {
  const model = process.env.OPENAI_MODEL || DEFAULT_MODEL
  const apiKey = process.env.OPENAI_API_KEY
  const tokens = apiKey
    ? createOpenAITokens(apiKey, model)
    : createSimulatorTokens(httpServer as Server | null, model)
  middlewares.use(
    '/demo/config.json',
    only('GET', (_request, response) => sendJson(response, 200, tokens.config)),
  )
  middlewares.use(
    '/token/openai',
    only('POST', (request, response) => void answerToken(tokens, request, response)),
  )
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

function only(method: string, handle: Handler): Connect.NextHandleFunction {
  return (request, response) => {
    if (request.method === method) return handle(request, response)
    response.setHeader('allow', method)
    return sendJson(response, 405, { error: `Use ${method} here.` })
  }
}

async function answerToken(
  tokens: TokenSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isSameOrigin(request)) {
    return sendJson(response, 403, { error: 'Tokens are for pages of this server only.' })
  }
  try {
    const { token, expiresAt } = await tokens.mint()
    return sendJson(response, 200, { token, expiresAt })
  } catch (error) {
    // Only our own sentences are known to hold no secret.
    const reason = error instanceof MintError ? error.message : 'The server could not mint a token.'
    return sendJson(response, 502, { error: reason })
  }
}
