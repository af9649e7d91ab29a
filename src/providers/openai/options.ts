import { OptionError } from '../../core/errors.ts'
import type { Auth } from '../credential.ts'
import { accepts, type OptionRules } from '../option-rules.ts'
import type { Dialect } from './dialect.ts'
import type { Traits } from './traits.ts'

/** What both kinds of turn detection have. Where either is given, the application cannot confirm turns. */
export interface TurnDetectionBase {
  /**
   * Whether OpenAI answers by itself when the user stops speaking. If `false`, only a typed message is
   * answered, and `speechStopped` is not told, since no answer is to be expected. Default `true`.
   */
  readonly createResponse?: boolean
  /**
   * Whether OpenAI cancels its answer by itself when the user begins to speak. If `false`, vivavoce asks
   * for it: the user interrupts either way. Default `true`.
   */
  readonly interruptResponse?: boolean
}

/** Turns by loudness: a turn ends after a length of silence. */
export interface ServerVad extends TurnDetectionBase {
  readonly type: 'server_vad'
  /** How loud speech must be, 0 to 1. Default: OpenAI's, 0.5. */
  readonly threshold?: number
  /** Audio kept from before speech was noticed, ms. Default: OpenAI's, 300. */
  readonly prefixPaddingMs?: number
  /** Silence that ends a turn, ms. Default: OpenAI's, 200 to 500. */
  readonly silenceDurationMs?: number
  /** Silence after an answer that makes OpenAI speak by itself, ms, 5000 to 30 000. Default: never. */
  readonly idleTimeoutMs?: number
}

/** Turns by meaning: OpenAI waits longer where a sentence sounds unfinished. */
export interface SemanticVad extends TurnDetectionBase {
  readonly type: 'semantic_vad'
  /** How soon to answer: waits at most 8 (`low`), 4 or 2 (`high`) seconds. Default `'auto'`, as `medium`. */
  readonly eagerness?: 'low' | 'medium' | 'high' | 'auto'
}

/** How the user's words become text. It runs beside the model, which hears the voice itself. */
export interface TranscriptionOptions {
  /**
   * Default `'gpt-realtime-whisper'`, which writes while the user speaks, or `'gpt-live-transcribe'` if there
   * is a `prompt`, which the former does not take.
   */
  readonly model?: string
  /** ISO 639-1 code, such as `'en'`, of what is spoken. Default: recognised. */
  readonly language?: string
  /** What words to expect. Default: none. */
  readonly prompt?: string
  /** Words and phrases to expect, for the models that take them. Default: none. */
  readonly keywords?: readonly string[]
  /** How long to wait for more words before writing: later is better. Default: OpenAI's. */
  readonly delay?: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
}

/** A prompt that is kept at OpenAI. */
export interface PromptReference {
  readonly id: string
  /** Default: its newest. */
  readonly version?: string
  /** What to put in its places. */
  readonly variables?: Readonly<Record<string, string>>
}

/** How the traces of a session are named on OpenAI's dashboard. */
export interface TracingOptions {
  readonly workflowName?: string
  readonly groupId?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Forgets the oldest of a conversation that grew too long, down to a part of what there is room for. */
export interface RetentionRatio {
  readonly type: 'retention_ratio'
  /** 0 to 1. */
  readonly retentionRatio: number
  /** `postInstructions`: how long the conversation may grow, tokens. Default: the model's limit. */
  readonly tokenLimits?: { readonly postInstructions: number }
}

/** Which tools a model is to call. */
export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly type: 'function'; readonly name: string }
  | { readonly type: 'mcp'; readonly serverLabel: string; readonly name?: string }

/** A tool that runs at OpenAI, as it is on the wire; `mcpServer()` makes one. */
export interface HostedTool {
  readonly type: 'mcp'
  readonly server_label: string
  readonly [field: string]: unknown
}

/** Who lets the page in: `auth`, or, over WebRTC, the application's own server. */
export type OpenAIAccess =
  | {
      /** Returns an ephemeral key (`ek_…`) that your server minted. Called anew for every connection. */
      readonly auth: Auth
      readonly negotiate?: Negotiate
    }
  | {
      readonly auth?: Auth
      /**
       * Only for `transport: 'webrtc'`: has your own server make the call, so that the page needs no key.
       * Called anew for every connection.
       */
      readonly negotiate: Negotiate
    }

/** Takes the page's session description (SDP), and returns OpenAI's. */
export type Negotiate = (offer: string, details: { readonly signal: AbortSignal }) => Promise<string>

/** Options of `OpenAIRealtime`. */
export type OpenAIRealtimeOptions = OpenAIAccess & {
  /** Such as `'gpt-realtime-2.1'`. */
  readonly model: string
  /** Default: what fits `url`; else `'webrtc'` where the service and the browser have it. */
  readonly transport?: 'webrtc' | 'websocket'
  /** The service that speaks OpenAI's protocol in its own way. Default: OpenAI's. */
  readonly dialect?: Dialect
  /**
   * Another endpoint of the same protocol: `ws:` or `wss:`, for WebRTC `http:` or `https:`. Its query is
   * kept; over a WebSocket `model` is added where it has none. Default: OpenAI's.
   */
  readonly url?: string
  /** A voice's name, such as `'marin'`, or the id of one of your own. Default: OpenAI's, `'alloy'`. */
  readonly voice?: string | { readonly id: string }
  /** Speed of the voice, 0.25 to 1.5 times its own. Default: OpenAI's, 1. */
  readonly speed?: number
  /** Whether answers are spoken, or only written: then there are transcripts alone. Default `'audio'`. */
  readonly outputModalities?: 'audio' | 'text'
  /**
   * How OpenAI decides whose turn it is; `null`: the application says so, with `startTurn()` and
   * `endTurn()`. Default `{ type: 'server_vad' }`.
   */
  readonly turnDetection?: ServerVad | SemanticVad | null
  /** Text of what the user says; `false` for none. Default: on. */
  readonly transcription?: TranscriptionOptions | false
  /** Adds log probabilities to the transcription events. Default: none. */
  readonly include?: readonly 'item.input_audio_transcription.logprobs'[]
  /** Noise reduction at OpenAI's end: for a headset, or for a microphone at a distance. Default: none. */
  readonly noiseReduction?: 'near_field' | 'far_field'
  /** How much a model that can thinks before it answers. Default: OpenAI's, `low`. */
  readonly reasoning?: { readonly effort: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' }
  /** A prompt at OpenAI; the agent's instructions stand before it. */
  readonly prompt?: PromptReference
  /** Keeps traces at OpenAI; `null` switches them off. Default: OpenAI's. */
  readonly tracing?: 'auto' | TracingOptions | null
  /** What is forgotten of a conversation that grew too long. Default: OpenAI's, `'auto'`. */
  readonly truncation?: 'auto' | 'disabled' | RetentionRatio
  /** Longest answer, tokens, 1 to 4096. Default `'inf'`. */
  readonly maxOutputTokens?: number | 'inf'
  /** Default `'auto'`. */
  readonly toolChoice?: ToolChoice
  /** Whether the model may call several tools at once. Default: OpenAI's, `true`. */
  readonly parallelToolCalls?: boolean
  /** Tools that run at OpenAI, besides the agent's own. Default: none. */
  readonly tools?: readonly HostedTool[]
  /** Lets a long-lived key into the page. Only for a page that nobody else can open. Default `false`. */
  readonly dangerouslyAllowBrowserKey?: boolean
  /** Longest time from `connect` to a session that takes audio, `auth` included, ms. Default 10 000. */
  readonly connectTimeoutMs?: number
}

/** The options that are sent as they are: OpenAI checks what is in them. */
export const sessionRules: OptionRules = {
  include: 'array',
  reasoning: 'object',
  prompt: 'object',
  tracing: 'auto|object|null',
  truncation: 'auto|disabled|object',
  maxOutputTokens: '1..4096|inf',
  toolChoice: 'auto|none|required|object',
  parallelToolCalls: 'boolean',
}
const turns: OptionRules = {
  type: 'server_vad|semantic_vad!',
  createResponse: 'boolean',
  interruptResponse: 'boolean',
}
const ms = '0..1e5'

/** An object's fields have a table under its name, or under its `type`. */
const rules: Readonly<Record<string, OptionRules>> = {
  options: {
    auth: 'function',
    negotiate: 'function',
    model: 'string!',
    transport: 'websocket|webrtc',
    dialect: 'object',
    url: 'string',
    voice: 'string|object',
    speed: '0.25..1.5',
    outputModalities: 'audio|text',
    turnDetection: 'object|null',
    transcription: 'object',
    noiseReduction: 'near_field|far_field',
    tools: 'array',
    dangerouslyAllowBrowserKey: 'boolean',
    connectTimeoutMs: '1..1e9',
    ...sessionRules,
  },
  turnDetection: {
    ...turns,
    threshold: '0..1',
    prefixPaddingMs: ms,
    silenceDurationMs: ms,
    idleTimeoutMs: '5e3..3e4',
  },
  semantic_vad: { ...turns, eagerness: 'low|medium|high|auto' },
  transcription: {
    model: 'string',
    language: 'string',
    prompt: 'string',
    keywords: 'array',
    delay: 'string',
  },
}

/**
 * Throws an {@link OptionError} for the first option that is wrong, or that the model cannot honour.
 * @param traits What the transport and the dialect can do.
 */
export function checkOptions(options: OpenAIRealtimeOptions, traits?: Traits): void {
  const { auth, negotiate, transport, url, outputModalities } = options
  const check = (path: string, given: object, fields: OptionRules): void => {
    for (const name of Object.keys({ ...fields, ...given })) {
      const value = (given as Record<string, unknown>)[name]
      const rule = fields[name]
      const option = path + name
      if (!rule) refuse(options, option, `is none of ${Object.keys(fields).join(', ')}`)
      if (!accepts(rule, value)) refuse(options, option, `must be ${rule}`, 'option-invalid')
      const inner = rules[name]
      if (inner && value && typeof value === 'object') {
        check(`${option}.`, value, rules[(value as { readonly type?: string }).type ?? ''] ?? inner)
      }
    }
  }
  check('', { ...options, transcription: options.transcription || undefined }, rules.options ?? {})
  const isWebRtc = transport === 'webrtc'
  if (!auth && !negotiate) refuse(options, 'auth', 'must be function', 'option-invalid')
  if (negotiate && !isWebRtc) refuse(options, 'negotiate', 'needs transport webrtc')
  const schemes = isWebRtc ? 'http' : 'ws'
  if (url && !(RegExp(`^${schemes}s?:`).test(url) && URL.canParse(url))) {
    refuse(options, 'url', `must be a ${schemes}(s): address`, 'option-invalid')
  }
  if (outputModalities === 'text' && traits?.textOutput === false) {
    refuse(options, 'outputModalities', 'must be audio')
  }
}

/** Throws the {@link OptionError} of an option that the model cannot honour, or that is wrong. */
export function refuse(
  { model }: Pick<OpenAIRealtimeOptions, 'model'>,
  option: string,
  what: string,
  code: 'option-unsupported' | 'option-invalid' = 'option-unsupported',
): never {
  throw new OptionError(`OpenAIRealtime (${model}): ${option} ${what}.`, { code, option })
}
