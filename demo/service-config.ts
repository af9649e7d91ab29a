/** A service that the page can talk to. */
export interface ServiceConfig {
  readonly id: 'openai' | 'openai-live' | 'gemini' | 'nova-sonic'
  /** Whether it is a local stand-in. */
  readonly simulated: boolean
  readonly model: string
  /** Where the model is, if that is to be said. */
  readonly region?: string
  /** The ways to reach it, the best first. */
  readonly connections: readonly ConnectionConfig[]
}

/** A way to reach a service. */
export interface ConnectionConfig {
  readonly transport: 'webrtc' | 'websocket' | 'direct' | 'bridge'
  /** Endpoint to use instead of the provider's own: a path on this server. */
  readonly path?: string
}

/** What `GET /demo/config.json` answers. */
export interface DemoConfig {
  readonly services: readonly ServiceConfig[]
}
