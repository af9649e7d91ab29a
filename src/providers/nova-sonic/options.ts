import { OptionError } from '../../core/errors.ts'
import { accepts, type OptionRules } from '../option-rules.ts'
import type { AwsAuth } from './credentials.ts'

/** Straight to AWS, or over a server of your own. */
export type NovaSonicAccess =
  | {
      /** Default `'direct'`: the page opens a signed WebSocket to AWS, which AWS has not documented. */
      readonly transport?: 'direct'
      /** Returns short-lived credentials. Called anew for every connection. */
      readonly auth: AwsAuth
      /** Where the model is, such as `'us-east-1'`. */
      readonly region: string
      /** Default `'amazon.nova-2-sonic-v1:0'`. */
      readonly model?: string
      /** Another base address of the same service: `ws:` or `wss:`. Default: AWS's. */
      readonly url?: string
      /** Lets a long-lived key into the page. Only for a page that nobody else can open. Default `false`. */
      readonly dangerouslyAllowBrowserKey?: boolean
    }
  | {
      /** A server of yours speaks to AWS: it has the credentials, and chooses region and model. */
      readonly transport: 'bridge'
      /** Its address: `ws:` or `wss:`. */
      readonly url: string
    }

/** Options of `NovaSonicRealtime`. */
export type NovaSonicRealtimeOptions = NovaSonicAccess & {
  /** A voice's name. Default `'matthew'`. */
  readonly voice?: string
  /** How soon a pause ends the user's turn: `high` waits 1.5 s, the others longer. Default: AWS's. */
  readonly endpointingSensitivity?: 'high' | 'medium' | 'low'
  /** Longest answer, tokens. Default 1024. */
  readonly maxTokens?: number
  /** 0 to 1. Default 0.9. */
  readonly topP?: number
  /** 0 to 1. Default 0.7. */
  readonly temperature?: number
  /** Rate of the voice, Hz. Default 24 000. */
  readonly outputRate?: 24_000 | 16_000 | 8000
  /** Longest time from `connect` to an open stream, `auth` included, ms. Default 10 000. */
  readonly connectTimeoutMs?: number
}

/** The options of the direct route, with those of either. */
type Options = NovaSonicRealtimeOptions & Partial<Extract<NovaSonicAccess, { auth: unknown }>>

export const defaultModel = 'amazon.nova-2-sonic-v1:0'

const rules: OptionRules = {
  transport: 'direct|bridge',
  url: 'string',
  voice: 'string',
  endpointingSensitivity: 'high|medium|low',
  maxTokens: '1..1e6',
  topP: '0..1',
  temperature: '0..1',
  outputRate: '24000|16000|8000',
  connectTimeoutMs: '1..1e9',
}
const direct: OptionRules = {
  auth: 'function!',
  region: 'string!',
  model: 'string',
  dangerouslyAllowBrowserKey: 'boolean',
}

/** What is called otherwise here, or is to be had elsewhere. */
const instead: OptionRules = {
  turnDetection: 'use endpointingSensitivity',
  instructions: 'give them to the Agent',
  tools: 'give them to the Agent',
  transcription: 'it is always on',
  maxOutputTokens: 'use maxTokens',
  modelId: 'use model',
  voiceId: 'use voice',
  credentials: 'use auth',
}

/** Throws an {@link OptionError} for the first option that is wrong, or that Nova Sonic has not. */
export function checkOptions(options: NovaSonicRealtimeOptions): void {
  const { url, model = defaultModel } = options as Options
  const isBridge = options.transport === 'bridge'
  const all = isBridge ? { ...rules, url: 'string!' } : { ...rules, ...direct }
  const refuse = (option: string, what: string, code: 'option-invalid' | 'option-unsupported'): never => {
    throw new OptionError(`NovaSonicRealtime (${isBridge ? 'bridge' : model}): ${option} ${what}.`, {
      code,
      option,
    })
  }
  for (const name of Object.keys({ ...all, ...options })) {
    const value = (options as Readonly<Record<string, unknown>>)[name]
    const rule = all[name as keyof typeof all] as string | undefined
    if (!rule && value === undefined) continue
    if (!rule) {
      const why = name in direct ? 'is chosen by your bridge' : 'is nothing that Nova Sonic has'
      const hint = instead[name] ?? `its options are ${Object.keys(all).join(', ')}`
      refuse(name, name in direct ? why : `${why}: ${hint}`, 'option-unsupported')
    } else if (!accepts(rule, value)) refuse(name, `must be ${rule}`, 'option-invalid')
  }
  if (url && !(/^wss?:/.test(url) && URL.canParse(url))) {
    refuse('url', 'must be a ws: or wss: address', 'option-invalid')
  }
}
