import { OptionError } from '../../core/errors.ts'
import type { Auth } from '../credential.ts'

/** What both kinds of turn detection have. */
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
}

/** Options of `OpenAIRealtime`. */
export interface OpenAIRealtimeOptions {
  /** Returns an ephemeral key (`ek_…`) that your server minted. Called anew for every connection. */
  readonly auth: Auth
  /** Such as `'gpt-realtime-2.1'`. */
  readonly model: string
  /** A voice's name, such as `'marin'`. Default: OpenAI's, `'alloy'`. */
  readonly voice?: string
  /** Default `'websocket'`, the only one there is. */
  readonly transport?: 'websocket'
  /**
   * Another endpoint of the same protocol, `ws:` or `wss:`. Its query is kept; `model` is added where it
   * has none. Default: OpenAI's.
   */
  readonly url?: string
  /** How OpenAI decides whose turn it is. Default `{ type: 'server_vad' }`. */
  readonly turnDetection?: ServerVad | SemanticVad
  /** Text of what the user says; `false` for none. Default: on. */
  readonly transcription?: TranscriptionOptions | false
  /** Noise reduction at OpenAI's end: for a headset, or for a microphone at a distance. Default: none. */
  readonly noiseReduction?: 'near_field' | 'far_field'
  /** Speed of the voice, 0.25 to 1.5 times its own. Default: OpenAI's, 1. */
  readonly speed?: number
  /** Lets a long-lived key into the page. Only for a page that nobody else can open. Default `false`. */
  readonly dangerouslyAllowBrowserKey?: boolean
  /** Longest time from `connect` to a session that takes audio, `auth` included, ms. Default 10 000. */
  readonly connectTimeoutMs?: number
}

/** What each option must be: a type, one of some values, or from one number to another. */
type Rules = Readonly<Record<string, string>>

const rules: Rules = {
  auth: 'function',
  model: 'string',
  voice: 'string',
  transport: 'websocket',
  url: 'string',
  turnDetection: 'object|left out',
  transcription: 'object',
  noiseReduction: 'near_field|far_field',
  speed: '0.25..1.5',
  dangerouslyAllowBrowserKey: 'boolean',
  connectTimeoutMs: '1..1e9',
}
const turnRules: Rules = {
  type: 'server_vad|semantic_vad',
  createResponse: 'boolean',
  interruptResponse: 'boolean',
}
const serverVadRules: Rules = {
  ...turnRules,
  threshold: '0..1',
  prefixPaddingMs: '0..1e5',
  silenceDurationMs: '0..1e5',
}
const semanticVadRules: Rules = { ...turnRules, eagerness: 'low|medium|high|auto' }
const transcriptionRules: Rules = { model: 'string', language: 'string', prompt: 'string' }

const required = /^(auth|model|turnDetection.type)$/

/** Throws an {@link OptionError} for the first option that is wrong, or that the model cannot honour. */
export function checkOptions(options: OpenAIRealtimeOptions): void {
  const { model, url, turnDetection } = options
  const transcription = options.transcription || undefined
  const fail = (option: string, what: string, unsupported?: boolean): never => {
    throw new OptionError(`OpenAIRealtime (${model}): ${option} ${what}.`, {
      code: unsupported ? 'option-unsupported' : 'option-invalid',
      option,
    })
  }
  const check = (path: string, given: object, rules: Rules): void => {
    for (const name of Object.keys({ ...rules, ...given })) {
      const value = (given as Record<string, unknown>)[name]
      const rule = rules[name]
      const option = path + name
      if (!rule) fail(option, `is none of ${Object.keys(rules).join(', ')}`, true)
      else if (value === undefined ? required.test(option) : !accepts(rule, value)) {
        // OpenAI has other transports, and null would be push-to-talk.
        fail(option, `must be ${rule}`, name === 'transport' || value === null)
      }
    }
  }
  check('', { ...options, transcription }, rules)
  if (url && !(/^wss?:/.test(url) && URL.canParse(url))) fail('url', 'must be a ws: or wss: address')
  if (turnDetection) {
    const { type } = turnDetection
    check('turnDetection.', turnDetection, type === 'semantic_vad' ? semanticVadRules : serverVadRules)
  }
  if (transcription) check('transcription.', transcription, transcriptionRules)
}

function accepts(rule: string, value: unknown): boolean {
  const [from = 0, to] = rule.split('..').map(Number)
  if (to) return typeof value === 'number' && value >= from && value <= to
  const type = value === null || value === '' || typeof value
  return rule.split('|').some((one) => one === type || one === value)
}
