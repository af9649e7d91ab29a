/** Which realtime service the dev server lets the page talk to. */
export interface ServiceConfig {
  readonly service: 'openai' | 'simulator'
  readonly model: string
  /** WebSocket endpoint to use instead of the provider's own: a path on this server. */
  readonly url?: string
}
