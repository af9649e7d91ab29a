import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServiceConfig } from '../service-config.ts'
import type { FetchHandler } from './node-handler.ts'
import { OPENAI_PATH } from './simulators.ts'

/** What the dev server offers of one provider. */
export interface DemoService {
  readonly config: ServiceConfig
  /** The routes that the page asks, by their path: `POST` only. */
  readonly routes: readonly string[]
  readonly handle: FetchHandler
}

type Environment = Readonly<Record<string, string | undefined>>

/** The services of a dev server: each the real one if there is a key for it, else its simulator. */
export function demoServices(environment: Environment, server: Server): DemoService[] {
  return [...openai(environment, server)]
}

function openai(
  { OPENAI_API_KEY: apiKey, OPENAI_MODEL, OPENAI_LIVE_MODEL, OPENAI_BASE_URL }: Environment,
  server: Server,
): DemoService[] {
  const model = OPENAI_MODEL || 'gpt-realtime-2.1'
  const liveModel = OPENAI_LIVE_MODEL || 'gpt-live-1.1'
  const simulated = !apiKey
  const handle: FetchHandler = async (request) => {
    // Loaded when it is first needed: `npm start` is to be quick.
    const { createOpenAIRoutes } = await import('./openai-routes.ts')
    const baseURL = simulated ? addressOf(server) + OPENAI_PATH : OPENAI_BASE_URL
    const key = apiKey || 'sk-simulated'
    return createOpenAIRoutes({ apiKey: key, model, liveModel, ...(baseURL && { baseURL }) })(request)
  }
  const realtime: ServiceConfig = {
    id: 'openai',
    simulated,
    model,
    connections: [
      { transport: 'webrtc', ...(simulated && { path: `${OPENAI_PATH}/realtime/calls` }) },
      { transport: 'websocket', ...(simulated && { path: `${OPENAI_PATH}/realtime` }) },
    ],
  }
  const live: ServiceConfig = {
    id: 'openai-live',
    simulated,
    model: liveModel,
    connections: [{ transport: 'webrtc' }],
  }
  return [
    { config: realtime, routes: ['/token/openai', '/call/openai'], handle },
    { config: live, routes: ['/live/openai'], handle },
  ]
}

function addressOf(server: Server): string {
  const { port, family, address } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
