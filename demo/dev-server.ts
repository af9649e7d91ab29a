import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Connect, Plugin, PreviewServer, ViteDevServer } from 'vite'
import { answerWith } from './server/node-handler.ts'
import { isSameOrigin } from './server/same-origin.ts'
import { type DemoService, demoServices } from './server/services.ts'
import { mountSimulators } from './server/simulators.ts'
import type { DemoConfig } from './service-config.ts'

/**
 * What the demo page needs of its server: `GET /demo/config.json` says which services there are, and the
 * routes of each hold its key, or stand in for it. With its key in the environment
 * (`OPENAI_API_KEY`, `GEMINI_API_KEY`, `AWS_ACCESS_KEY_ID` and its kin) a service is the real one; otherwise it is its simulator, on this same server.
 */
export function demoServer(): Plugin {
  return {
    name: 'vivavoce:demo',
    configureServer: serveDemo,
    configurePreviewServer: serveDemo,
  }
}

function serveDemo({ middlewares, httpServer }: ViteDevServer | PreviewServer): void {
  // Where Vite runs as a middleware of another server, that server has the routes to answer.
  if (!httpServer) return
  const server = httpServer as Server
  const simulators = mountSimulators(server)
  const services = demoServices({ environment: process.env, server, simulators })
  const config: DemoConfig = { services: services.map(({ config }) => config) }
  middlewares.use(
    '/demo/config.json',
    only('GET', (_request, response) => sendJson(response, 200, config)),
  )
  for (const service of services) {
    for (const route of service.routes) {
      middlewares.use(
        route,
        only('POST', (request, response) => void answer(service, request, response)),
      )
    }
  }
  middlewares.use((request, response, next) => simulators.handle(request, response, next))
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

function only(method: string, handle: Handler): Connect.NextHandleFunction {
  return (request, response) => {
    if (request.method === method) return handle(request, response)
    response.setHeader('allow', method)
    return sendJson(response, 405, { error: `Use ${method} here.` })
  }
}

async function answer(
  service: DemoService,
  request: Connect.IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isSameOrigin(request)) {
    return sendJson(response, 403, { error: 'Tokens are for pages of this server only.' })
  }
  // What comes after the route is cut off by the router.
  request.url = request.originalUrl ?? request.url
  try {
    return await answerWith(service.handle, request, response)
  } catch {
    // Only our own sentences are known to hold no secret.
    return sendJson(response, 502, { error: 'The server could not ask the service.' })
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  })
  response.end(JSON.stringify(body))
}
