import type { ModelCapabilities, ModelEvents } from '../model.ts'
import type { Recipe } from '../recipe.ts'
import type { OpenAIRealtimeOptions } from './options.ts'
import type { Traits } from './traits.ts'
import type { ServerEvent, WireSession } from './wire.ts'

/** How a model is reached. */
export type Transport = 'webrtc' | 'websocket'

/** Reports one of a model's events. */
export type EmitModelEvent = <Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]) => void

/**
 * How a service speaks OpenAI's protocol in its own way. `azure()` and `xai()` make one; an endpoint that
 * needs no more than another address has `url`.
 */
export interface Dialect {
  /** Whose it is, as in an error. */
  readonly name: string
  /** @internal How to make it in a Worker. */
  readonly recipe?: Recipe
}

/** What a {@link Dialect} is made of. */
export interface DialectRules extends Dialect {
  /**
   * Where a page connects to over each transport, the preferred one first. One that is missing is refused,
   * also with a `url`.
   */
  readonly endpoints: Readonly<Partial<Record<Transport, string>>>
  /** What carries the token over a WebSocket, where a page cannot set headers. Default: as OpenAI. */
  readonly protocols?: (token: string) => readonly string[]
  /** Keys that must not be in a page. Default: `sk-…`. */
  readonly longLivedKey?: RegExp
  /** What it can do, where that differs from OpenAI. */
  readonly traits?: Partial<Traits>
  /** What its model can do, where that differs from OpenAI's. */
  readonly capabilities?: Partial<ModelCapabilities>
  /** Throws an `OptionError` for an option that it cannot honour, which OpenAI can. */
  readonly check?: (options: OpenAIRealtimeOptions) => void
  /** Whether neither `session.created` nor `session.updated` comes: the session is ready when it is open. */
  readonly silent?: boolean
  /**
   * Called where a conversation goes on over a new connection: makes the address that of the conversation
   * which the service remembers. Returns whether it does; if not, it is told what was said.
   */
  readonly resume?: (address: URL) => boolean
  /** What it takes for `session` of a `session.update`. */
  readonly session?: (session: WireSession) => object
  /**
   * Called for each connection. What it returns makes of each event the events that OpenAI would have sent;
   * what has none it may report by itself.
   */
  readonly receive?: (emit: EmitModelEvent) => (event: ServerEvent) => readonly ServerEvent[]
}

/** OpenAI's own. */
export const openai: DialectRules = {
  name: 'OpenAI',
  endpoints: {
    webrtc: 'https://api.openai.com/v1/realtime/calls',
    websocket: 'wss://api.openai.com/v1/realtime',
  },
}
