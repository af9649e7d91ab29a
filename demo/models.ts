import {
  GeminiRealtime,
  type LiveOffer,
  NovaSonicRealtime,
  OpenAILive,
  OpenAIRealtime,
  type RealtimeModel,
} from './sdk.ts'
import type { ConnectionConfig, ServiceConfig } from './service-config.ts'
import { askServer } from './service.ts'

/** A service, and the way to reach it. */
export interface ModelChoice {
  readonly service: ServiceConfig
  readonly connection: ConnectionConfig
}

const NAMES = {
  openai: 'OpenAI Realtime',
  'openai-live': 'OpenAI Live',
  gemini: 'Gemini Live',
  'nova-sonic': 'Nova 2 Sonic',
  webrtc: 'over WebRTC',
  websocket: 'over WebSocket',
  direct: 'direct',
  bridge: 'over a bridge',
}

/** What a choice is called in a list. */
export function nameOf({ service, connection }: ModelChoice): string {
  return `${NAMES[service.id]} ${NAMES[connection.transport]}`
}

/** Makes the model that was chosen. */
export function createModel({ service, connection }: ModelChoice): RealtimeModel {
  switch (service.id) {
    case 'openai':
      return realtime(service, connection)
    case 'openai-live':
      return live(service)
    case 'gemini':
      return gemini(service, connection)
    case 'nova-sonic':
      return nova(service, connection)
  }
}

function realtime({ model }: ServiceConfig, { transport, path }: ConnectionConfig): RealtimeModel {
  return new OpenAIRealtime({
    auth: () => askForToken('/token/openai'),
    model,
    voice: 'marin',
    transport: transport === 'webrtc' ? transport : 'websocket',
    ...(path && { url: absolute(path, transport === 'webrtc' ? 'http' : 'ws') }),
  })
}

function live({ model }: ServiceConfig): RealtimeModel {
  const negotiate = async (sdp: string, { session, signal }: LiveOffer): Promise<string> => {
    const response = await askServer('/live/openai', JSON.stringify({ sdp, session }), signal)
    return ((await response.json()) as { sdp: string }).sdp
  }
  return new OpenAILive({ negotiate, model, delegation: { type: 'responses', model: 'gpt-5.6-terra' } })
}

function gemini({ model }: ServiceConfig, { path }: ConnectionConfig): RealtimeModel {
  return new GeminiRealtime({
    auth: () => askForToken('/token/gemini'),
    model,
    ...(path && { url: absolute(path, 'ws') }),
  })
}

function nova({ region = '' }: ServiceConfig, { transport, path }: ConnectionConfig): RealtimeModel {
  const url = path && { url: absolute(path, 'ws') }
  if (transport === 'bridge' && url) return new NovaSonicRealtime({ transport, ...url })
  return new NovaSonicRealtime({ auth: () => askForToken('/token/nova'), region, ...url })
}

async function askForToken<Token>(path: string): Promise<Token> {
  return (await askServer(path)).json() as Promise<Token>
}

function absolute(path: string, scheme: 'ws' | 'http'): string {
  const url = new URL(path, location.href)
  url.protocol = url.protocol.replace('http', scheme)
  return url.href
}
