import { OptionError } from '../../core/errors.ts'
import type { Auth } from '../credential.ts'
import { accepts, type OptionRules } from '../option-rules.ts'
import type { ToolBehavior, ToolScheduling, WireTool } from './wire.ts'
import { modelRefusal } from './traits.ts'

/** How Google finds the user's turns. */
export interface ActivityDetection {
  /** How readily sound is taken for speech. Default: Google's, high. */
  readonly startOfSpeechSensitivity?: 'START_SENSITIVITY_HIGH' | 'START_SENSITIVITY_LOW'
  /** How readily a pause is taken for the end. Default: Google's, high. */
  readonly endOfSpeechSensitivity?: 'END_SENSITIVITY_HIGH' | 'END_SENSITIVITY_LOW'
  /** Speech that is needed before it counts as such, ms. */
  readonly prefixPaddingMs?: number
  /** Silence that ends a turn, ms. */
  readonly silenceDurationMs?: number
}

/** How what is said becomes text. */
export interface AudioTranscription {
  /** BCP 47 codes of what is spoken, such as `['en-GB']`. Default: recognised. */
  readonly languageCodes?: readonly string[]
}

/** How much a model that can thinks before it answers. */
export interface ThinkingConfig {
  /** For models from 3.1 on that think. */
  readonly thinkingLevel?: 'MINIMAL' | 'LOW' | 'MEDIUM' | 'HIGH'
  /** For 2.5: tokens; 0 for none. */
  readonly thinkingBudget?: number
  /** Whether summaries come as `serverEvent`s. They are never spoken. */
  readonly includeThoughts?: boolean
}

/** One setting for all of the agent's tools, or for each by its name. */
export type PerTool<Setting extends string> = Setting | Readonly<Record<string, Setting>>

/**
 * Options of `GeminiRealtime`. Names and values of what is sent are those of Google's reference. What the
 * chosen model is known to refuse is an `OptionError` at construction.
 */
export interface GeminiRealtimeOptions {
  /**
   * Returns an ephemeral token (`auth_tokens/…`) that your server minted. Called anew for every connection.
   */
  readonly auth: Auth
  /** Such as `'gemini-3.8-live'`. */
  readonly model: string
  /** Another place that speaks the Live API: what stands before `/ws/google.ai…`. Default: Google's. */
  readonly url?: string
  /** A prebuilt voice, such as `'Kore'`. Default: Google's. */
  readonly voice?: string
  /** BCP 47 code of the language to speak. Native-audio models choose it by themselves. */
  readonly languageCode?: string
  /** Whether answers are spoken, or only written. Default `'AUDIO'`; most models know nothing else. */
  readonly responseModality?: 'AUDIO' | 'TEXT'
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly maxOutputTokens?: number
  readonly seed?: number
  /** How closely images are looked at. */
  readonly mediaResolution?: 'MEDIA_RESOLUTION_LOW' | 'MEDIA_RESOLUTION_MEDIUM' | 'MEDIA_RESOLUTION_HIGH'
  readonly thinkingConfig?: ThinkingConfig
  /** Whether the model answers to the tone of voice. Only 2.5 native audio. */
  readonly enableAffectiveDialog?: boolean
  /** Whether the model may stay silent, or speak by itself. 3.8 always may. */
  readonly proactivity?: { readonly proactiveAudio?: boolean; readonly proactiveVideo?: boolean }
  /**
   * How Google decides whose turn it is; `null`: the application says so, with `startTurn()` and
   * `endTurn()`. Default: Google's detection.
   */
  readonly turnDetection?: ActivityDetection | null
  /** Whether the user's voice interrupts an answer. Default: it does. */
  readonly activityHandling?: 'START_OF_ACTIVITY_INTERRUPTS' | 'NO_INTERRUPTION'
  /** What of the user's sound and images the model gets. */
  readonly turnCoverage?:
    | 'TURN_INCLUDES_ONLY_ACTIVITY'
    | 'TURN_INCLUDES_ALL_INPUT'
    | 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO'
  /** Text of what the user says; `false` for none. Default: on. */
  readonly inputTranscription?: AudioTranscription | false
  /** Text of what the agent says; `false` for none. Default: on. */
  readonly outputTranscription?: AudioTranscription | false
  /**
   * Forgets the oldest of a conversation that grew too long; `false` ends it instead, after 15 minutes, or 2
   * with video. Default `{ slidingWindow: {} }`.
   */
  readonly contextWindowCompression?:
    | { readonly triggerTokens?: number; readonly slidingWindow?: { readonly targetTokens?: number } }
    | false
  /** Whether the model searches the web. Sources come as `grounding` events. Default `false`. */
  readonly googleSearch?: boolean
  /** Tools of Google's besides the agent's own, as they are on the wire. */
  readonly tools?: readonly WireTool[]
  /** Whether the model waits for the agent's tools. Default: the model's, `'NON_BLOCKING'` from 3.8 on. */
  readonly toolBehavior?: PerTool<ToolBehavior>
  /** What becomes of the result of a tool that the model does not wait for. Default: Google's, `'WHEN_IDLE'`. */
  readonly toolScheduling?: PerTool<ToolScheduling>
  readonly safetySettings?: readonly { readonly category: string; readonly threshold: string }[]
  /** Lets a long-lived API key into the page. Only for a page that nobody else can open. Default `false`. */
  readonly dangerouslyAllowBrowserKey?: boolean
  /** Longest time from `connect` to a session that takes audio, `auth` included, ms. Default 10 000. */
  readonly connectTimeoutMs?: number
}

/** The options that are sent as they are, as a part of `generationConfig`. */
export const generationRules: OptionRules = {
  temperature: '0..2',
  topP: '0..1',
  topK: '0..1e3',
  maxOutputTokens: '1..1e6',
  seed: 'number',
  mediaResolution: 'string',
  thinkingConfig: 'object',
  enableAffectiveDialog: 'boolean',
}

const rules: OptionRules = {
  auth: 'function!',
  model: 'string!',
  url: 'string',
  voice: 'string',
  languageCode: 'string',
  responseModality: 'AUDIO|TEXT',
  proactivity: 'object',
  turnDetection: 'object|null',
  activityHandling: 'START_OF_ACTIVITY_INTERRUPTS|NO_INTERRUPTION',
  turnCoverage: 'string',
  inputTranscription: 'object|false',
  outputTranscription: 'object|false',
  contextWindowCompression: 'object|false',
  googleSearch: 'boolean',
  tools: 'array',
  toolBehavior: 'BLOCKING|NON_BLOCKING|object',
  toolScheduling: 'SILENT|WHEN_IDLE|INTERRUPT|object',
  safetySettings: 'array',
  dangerouslyAllowBrowserKey: 'boolean',
  connectTimeoutMs: '1..1e9',
  ...generationRules,
}

/** Throws an {@link OptionError} for the first option that is wrong, or that the model cannot honour. */
export function checkOptions(options: GeminiRealtimeOptions): void {
  const { url } = options
  for (const name of Object.keys({ ...rules, ...options })) {
    const rule = rules[name]
    if (!rule) refuse(options, name, `is none of ${Object.keys(rules).join(', ')}`)
    if (!accepts(rule, (options as unknown as Record<string, unknown>)[name])) {
      refuse(options, name, `must be ${rule}`, 'option-invalid')
    }
  }
  if (url && !(/^wss?:/.test(url) && URL.canParse(url))) {
    refuse(options, 'url', 'must be a ws(s): address', 'option-invalid')
  }
  const refusal = modelRefusal(options)
  if (refusal) refuse(options, ...refusal)
}

/** Throws the {@link OptionError} of an option that the model cannot honour, or that is wrong. */
export function refuse(
  { model }: Pick<GeminiRealtimeOptions, 'model'>,
  option: string,
  what: string,
  code: 'option-unsupported' | 'option-invalid' = 'option-unsupported',
): never {
  throw new OptionError(`GeminiRealtime (${model}): ${option} ${what}.`, { code, option })
}

/** What is set for one tool. */
export function settingOf<Setting extends string>(
  setting: PerTool<Setting> | undefined,
  name: string,
): Setting | undefined {
  return typeof setting === 'object' ? setting[name] : setting
}
