import { type LiveOffer, OpenAILive, OpenAIRealtime, type RealtimeModel } from './sdk.ts'
import type { ConnectionConfig, ServiceConfig } from './service-config.ts'
import { askServer } from './service.ts'

/** A service, and the way to reach it. */
export interface ModelChoice {
  readonly service: ServiceConfig
  readonly connection: ConnectionConfig
}

/** What a choice is called in a list. */
export function nameOf({ service, connection }: ModelChoice): string {
  const names = {
    openai: 'OpenAI Realtime',
    'openai-live': 'OpenAI Live',
    webrtc: 'WebRTC',
    websocket: 'WebSocket',
  }
  return `${names[service.id]} over ${names[connection.transport]}`
}

/** Makes the model that was chosen. */
export function createModel({ service, connection }: ModelChoice): RealtimeModel {
  return service.id === 'openai' ? realtime(service, connection) : live(service)
}

function realtime({ model }: ServiceConfig, { transport, path }: ConnectionConfig): RealtimeModel {
  return new OpenAIRealtime({
    auth: async () => (await askServer('/token/openai')).json() as Promise<{ token: string }>,
    model,
    voice: 'marin',
    transport,
    ...(path && { url: absolute(path, transport === 'websocket' ? 'ws' : 'http') }),
  })
}

function live({ model }: ServiceConfig): RealtimeModel {
  const negotiate = async (sdp: string, { session, signal }: LiveOffer): Promise<string> => {
    const response = await askServer('/live/openai', JSON.stringify({ sdp, session }), signal)
    return ((await response.json()) as { sdp: string }).sdp
  }
  return new OpenAILive({ negotiate, model, delegation: { type: 'responses', model: 'gpt-5.6-terra' } })
}

function absolute(path: string, scheme: 'ws' | 'http'): string {
  const url = new URL(path, location.href)
  url.protocol = url.protocol.replace('http', scheme)
  return url.href
}
