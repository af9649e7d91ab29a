import { OptionError } from '../../../core/errors.ts'
import { accepts, type OptionRules } from '../../option-rules.ts'
import type { WireLiveSession } from './wire.ts'

/** What the page asks of your server. */
export interface LiveOffer {
  /** Aborts when the connection is not wanted any more. */
  readonly signal: AbortSignal
  /**
   * The session as the options and the agent want it: the `session` of `POST /v1/live/sessions`. It comes
   * from a page, so check what you pass on, or send your own. Its `client` lets the page send no more than
   * it needs.
   */
  readonly session: WireLiveSession
  /**
   * The session that this one follows, if the connection was lost or expires. With `store: true` your
   * server may fork it, with `POST /v1/live/sessions/{id}/fork`; otherwise `session.input` tells what was said.
   */
  readonly previousSessionId: string | undefined
}

/**
 * Has your server open the session, with `POST /v1/live/sessions`: there are no short-lived keys for it.
 * Called anew for every connection, with the page's session description (SDP). Returns OpenAI's
 * (`transport.sdp`), best with the id (`session.id`).
 */
export type NegotiateLive = (
  offer: string,
  details: LiveOffer,
) => Promise<string | { readonly sdp: string; readonly sessionId?: string }>

/** The application works for the voice: see the event `delegated`. */
export interface ClientDelegation {
  readonly type: 'client'
  /** How long OpenAI waits before the voice says that it will look, ms. Default: OpenAI's, 0. */
  readonly acknowledgementDelayMs?: number
}

/** A model of OpenAI's Responses API works for the voice, and calls the agent's tools. */
export interface ResponsesDelegation {
  readonly type: 'responses'
  /** Such as `'gpt-5.6-terra'`. */
  readonly model: string
  /** What the model that works is told. Default: the agent's instructions. */
  readonly instructions?: string
  /** Tools that run at OpenAI, besides the agent's own, such as `{ type: 'web_search' }`. Default: none. */
  readonly tools?: readonly { readonly type: string; readonly [field: string]: unknown }[]
  /** Default `'auto'`. */
  readonly toolChoice?: 'auto' | 'none' | 'required'
  /** Whether several tools may be called at once. Default: OpenAI's. */
  readonly parallelToolCalls?: boolean
  /** Longest response, tokens. Default: OpenAI's. */
  readonly maxOutputTokens?: number
  /** How much the model thinks. Default: the model's own. */
  readonly reasoning?: { readonly effort: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' }
  /** How long OpenAI waits before the voice says that it will look, ms. Default: OpenAI's, 0. */
  readonly acknowledgementDelayMs?: number
}

/** Options of `OpenAILive`. */
export interface OpenAILiveOptions {
  readonly negotiate: NegotiateLive
  /** Such as `'gpt-live-1.1'`. */
  readonly model: string
  /** A voice's name, such as `'marin'`, or the id of one of your own. Default: OpenAI's, `'marin'`. */
  readonly voice?: string | { readonly id: string }
  /**
   * Who does what takes longer than talking: reasoning, searching, calling tools. The agent's tools need
   * `{ type: 'responses', model }`. Default `{ type: 'client' }`.
   */
  readonly delegation?: ClientDelegation | ResponsesDelegation
  /** Whether OpenAI keeps the session, so that it can be forked. Default `false`. */
  readonly store?: boolean
  /** Only `'webrtc'`. */
  readonly transport?: 'webrtc'
  /** Longest time from `connect` to a session that hears the user, `negotiate` included, ms. Default 15 000. */
  readonly connectTimeoutMs?: number
}

/** The options, and those of each kind of delegation. */
const rules: Readonly<Record<string, OptionRules>> = {
  '': {
    negotiate: 'function!',
    model: 'string!',
    voice: 'string|object',
    delegation: 'object',
    store: 'boolean',
    transport: 'webrtc',
    connectTimeoutMs: 'number',
  },
  client: { type: 'client', acknowledgementDelayMs: 'number' },
  responses: {
    type: 'responses',
    model: 'string!',
    instructions: 'string',
    tools: 'array',
    toolChoice: 'auto|none|required',
    parallelToolCalls: 'boolean',
    maxOutputTokens: 'number',
    reasoning: 'object',
    acknowledgementDelayMs: 'number',
  },
}

/** Why an option of `OpenAIRealtime` is none here, by name. */
const reasons: readonly (readonly [names: RegExp, why: string])[] = [
  [/^transport$/, "must be webrtc: a page cannot send the key that OpenAI's WebSocket wants"],
  [/^(auth|url|dialect|dangerouslyAllow)/, 'cannot be: there are no short-lived keys, use negotiate'],
  [
    /^(turnDetection|truncation|outputModalities)$/,
    'cannot be: there are no turns, the model listens while it talks',
  ],
  [/^(tools|toolChoice|parallelToolCalls|reasoning|maxOutputTokens)$/, 'belongs into delegation'],
]

/** Throws an {@link OptionError} for the first option that is wrong, or that the Live API does not have. */
export function checkLiveOptions(options: OpenAILiveOptions): void {
  const check = (path: string, given: object, fields: OptionRules): void => {
    for (const name of Object.keys({ ...fields, ...given })) {
      const value = (given as Readonly<Record<string, unknown>>)[name]
      const rule = fields[name]
      if (rule ? accepts(rule, value) : value === undefined) continue
      const why = path ? undefined : reasons.find(([names]) => names.test(name))?.[1]
      const what = why ?? (rule ? `must be ${rule}` : `is none of ${Object.keys(fields).join(', ')}`)
      throw new OptionError(`OpenAILive (${options.model}): ${path}${name} ${what}.`, {
        code: rule && !why ? 'option-invalid' : 'option-unsupported',
        option: path + name,
      })
    }
  }
  check('', options, rules[''] ?? {})
  const { delegation = { type: 'client' } } = options
  check('delegation.', delegation, rules[delegation.type] ?? { type: 'client|responses' })
}
