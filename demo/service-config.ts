/** A service that the page can talk to. */
export interface ServiceConfig {
  readonly id: 'openai' | 'openai-live'
  /** Whether it is a local stand-in. */
  readonly simulated: boolean
  readonly model: string
  /** The ways to reach it, the best first. */
  readonly connections: readonly ConnectionConfig[]
}

/** A way to reach a service. */
export interface ConnectionConfig {
  readonly transport: 'webrtc' | 'websocket'
  /** Endpoint to use instead of the provider's own: a path on this server. */
  readonly path?: string
}

/** What `GET /demo/config.json` answers. */
export interface DemoConfig {
  readonly services: readonly ServiceConfig[]
}
