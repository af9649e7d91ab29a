import type { ModelEvents } from '../model.ts'
import type { ServerEvent } from './wire.ts'

/** A message as it is on the wire. Its fields are those of OpenAI's reference. */
export interface RawEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** What is left of a limit. */
export interface RateLimit {
  /** Such as `'requests'` or `'tokens'`. */
  readonly name: string
  readonly limit: number
  readonly remaining: number
  /** Time until it is whole again, seconds. */
  readonly resetSeconds: number
}

/** Events of `OpenAIRealtime`. */
export interface OpenAIRealtimeEvents extends ModelEvents {
  /** A message of the service's, as it came, before anything else is made of it. */
  serverEvent: RawEvent
  rateLimits: readonly RateLimit[]
}

/** The limits of a `rate_limits.updated`. */
export function rateLimitsOf(event: ServerEvent): readonly RateLimit[] | undefined {
  const { type, rate_limits: limits } = event as { readonly type: string; readonly rate_limits?: unknown }
  if (type !== 'rate_limits.updated' || !Array.isArray(limits)) return undefined
  return limits.map(({ reset_seconds: resetSeconds, name, limit, remaining }) => {
    return { name, limit, remaining, resetSeconds }
  })
}
