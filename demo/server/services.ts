import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ServiceConfig } from '../service-config.ts'
import type { FetchHandler } from './node-handler.ts'
import { isSameOrigin } from './same-origin.ts'
import { NOVA_BRIDGE_PATH, OPENAI_PATH, type SimulatorMount } from './simulators.ts'

/** What the dev server offers of one provider. */
export interface DemoService {
  readonly config: ServiceConfig
  /** The routes that the page asks, by their path: `POST` only. */
  readonly routes: readonly string[]
  readonly handle: FetchHandler
}

/** What the services are made of. */
export interface DemoHost {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly server: Server
  readonly simulators: SimulatorMount
}

/** The services of a dev server: each the real one if there is a key for it, else its simulator. */
export function demoServices(host: DemoHost): DemoService[] {
  return [...openai(host), gemini(host), nova(host)]
}

// What a handler needs is loaded when it is first asked for: `npm start` is to be quick.

function openai({ environment, server }: DemoHost): DemoService[] {
  const { OPENAI_API_KEY: apiKey, OPENAI_MODEL, OPENAI_LIVE_MODEL, OPENAI_BASE_URL } = environment
  const model = OPENAI_MODEL || 'gpt-realtime-2.1'
  const liveModel = OPENAI_LIVE_MODEL || 'gpt-live-1.1'
  const simulated = !apiKey
  const handle: FetchHandler = async (request) => {
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

function gemini({ environment, server }: DemoHost): DemoService {
  const { GEMINI_API_KEY: apiKey, GEMINI_MODEL } = environment
  const model = GEMINI_MODEL || 'gemini-3.8-live'
  const simulated = !apiKey
  return {
    config: {
      id: 'gemini',
      simulated,
      model,
      connections: [{ transport: 'websocket', ...(simulated && { path: '/' }) }],
    },
    routes: ['/token/gemini'],
    async handle(request) {
      const { createGeminiRoutes } = await import('./gemini-routes.ts')
      const baseUrl = simulated ? { baseUrl: addressOf(server) } : {}
      return createGeminiRoutes({ apiKey: apiKey || 'AIza-simulated', model, ...baseUrl })(request)
    },
  }
}

function nova({ environment, server, simulators }: DemoHost): DemoService {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment
  const { AWS_SESSION_TOKEN: sessionToken, AWS_REGION, NOVA_ROLE_ARN: roleArn } = environment
  const region = AWS_REGION || 'us-east-1'
  const simulated = !(accessKeyId && secretAccessKey && (sessionToken || roleArn))
  const bridge = simulated ? NOVA_BRIDGE_PATH : '/bridge/nova'
  if (!simulated) serveNovaBridge(server, bridge, region)
  return {
    config: {
      id: 'nova-sonic',
      simulated,
      model: 'amazon.nova-2-sonic-v1:0',
      region,
      connections: [
        { transport: 'direct', ...(simulated && { path: '/' }) },
        { transport: 'bridge', path: bridge },
      ],
    },
    routes: ['/token/nova'],
    async handle() {
      const headers = { 'cache-control': 'no-store' }
      if (simulated) return Response.json((await simulators.nova()).mintCredentials(), { headers })
      const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
      // Without a role the page gets the short-lived credentials that the server was started with.
      if (!roleArn) return Response.json(credentials, { headers })
      const { createNovaCredentials } = await import('./nova-credentials.ts')
      return createNovaCredentials({ credentials, roleArn, region })()
    },
  }
}

function serveNovaBridge(server: Server, path: string, region: string): void {
  const load = async () => {
    const { BedrockRuntimeClient } = await import('@aws-sdk/client-bedrock-runtime')
    const { createNovaBridge } = await import('./nova-bridge.ts')
    return createNovaBridge({ client: new BedrockRuntimeClient({ region }), allow: isSameOrigin })
  }
  let bridge: ReturnType<typeof load> | undefined
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url !== path) return
    bridge ??= load()
    bridge.then(
      (carry) => carry(request, socket, head),
      () => socket.destroy(),
    )
  })
}

function addressOf(server: Server): string {
  const { port, family, address } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
