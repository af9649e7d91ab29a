import { isRecord } from '../is-record.ts'
import type { OfferedTool } from '../tool-choice.ts'
import type { Content } from './conversation.ts'
import type { Json } from './wire.ts'

/** A `setup` as it was checked. */
export interface Setup {
  readonly model: string
  readonly generationConfig?: Json & {
    readonly responseModalities?: readonly string[]
    readonly thinkingConfig?: { readonly includeThoughts?: boolean }
    readonly enableAffectiveDialog?: boolean
  }
  readonly systemInstruction?: Content
  readonly tools?: readonly Tool[]
  readonly realtimeInputConfig?: {
    readonly automaticActivityDetection?: ActivityDetection
    readonly activityHandling?: string
    readonly turnCoverage?: string
  }
  readonly inputAudioTranscription?: Json
  readonly outputAudioTranscription?: Json
  readonly sessionResumption?: { readonly handle?: string; readonly transparent?: boolean }
  readonly contextWindowCompression?: Json
  readonly proactivity?: { readonly proactiveAudio?: boolean; readonly proactiveVideo?: boolean }
  readonly historyConfig?: { readonly initialHistoryInClientContent?: boolean }
  readonly [field: string]: unknown
}

/** How the service finds turns. */
export interface ActivityDetection {
  readonly disabled?: boolean
  readonly startOfSpeechSensitivity?: string
  readonly endOfSpeechSensitivity?: string
  readonly prefixPaddingMs?: number
  readonly silenceDurationMs?: number
}

/** A tool of a `setup`. */
export interface Tool {
  readonly functionDeclarations?: readonly FunctionDeclaration[]
  readonly [kind: string]: unknown
}

/** A function that the client has. */
export interface FunctionDeclaration {
  readonly name: string
  readonly description?: string
  readonly parameters?: Json
  readonly parametersJsonSchema?: unknown
  readonly behavior?: 'BLOCKING' | 'NON_BLOCKING'
}

/** What differs from model to model. */
export interface ModelTraits {
  readonly behavior: 'BLOCKING' | 'NON_BLOCKING'
  /** New input cancels a blocking call, where others abort the connection. */
  readonly inputCancelsCalls: boolean
  readonly contextUpdate: boolean
  /** Takes `clientContent` at any time, where others take it as initial history alone. */
  readonly laterContent: boolean
  /** The response to a call may hold images. */
  readonly responseParts: boolean
  /** Transcript and audio come in one message, and resumption updates unasked. */
  readonly joined: boolean
  /** Sends a summary of its thoughts. */
  readonly thinks: boolean
  /** Shows the code that calls a function. */
  readonly showsCode: boolean
  readonly interactionStatus: boolean
}

/** The traits of a model. */
export function traitsOf(model: string): ModelTraits {
  const newest = model.includes('gemini-3.8-live')
  return {
    behavior: newest ? 'NON_BLOCKING' : 'BLOCKING',
    inputCancelsCalls: newest,
    contextUpdate: newest,
    laterContent: !model.includes('gemini-3.1'),
    responseParts: model.includes('gemini-3'),
    joined: model.includes('gemini-3.1'),
    thinks: model.includes('native-audio'),
    showsCode: model.includes('gemini-live-2.5-flash'),
    interactionStatus: newest,
  }
}

/** Why a close is due. */
export interface Refusal {
  readonly code: number
  readonly reason: string
}

/** What a model refuses in a `setup`. */
export function setupRefusal(setup: Setup): Refusal | undefined {
  const { model, generationConfig = {}, proactivity } = setup
  if (!model.startsWith('models/gemini-')) {
    return {
      code: 1008,
      reason: `${model} is not found for API version v1beta, or is not supported for bidi.`,
    }
  }
  if (model.includes('gemini-3.8-live')) {
    if (generationConfig.thinkingConfig) return invalid('Thinking config is not supported for this model.')
    if (proactivity?.proactiveAudio === false) return invalid('Proactive audio cannot be disabled.')
    if (generationConfig.enableAffectiveDialog) return invalid('Affective dialog is not supported.')
  }
  const modalities = generationConfig.responseModalities ?? ['AUDIO']
  if (modalities.length > 1) return invalid('Only one response modality is supported per session.')
  const speechOnly = /native-audio|gemini-3/.test(model)
  if (speechOnly && modalities[0] !== 'AUDIO') {
    return invalid('Cannot extract voices from a non-audio request.')
  }
  const kinds = new Set((setup.tools ?? []).flatMap((tool) => Object.keys(tool)))
  if (model.includes('2.5') && kinds.has('functionDeclarations') && kinds.has('googleSearch')) {
    return invalid('Google Search cannot be combined with function declarations.')
  }
  const bad = declarationsOf(setup.tools).find(({ name }) => !/^[A-Za-z_][\w.:-]{0,127}$/.test(name))
  return bad ? invalid(`Invalid function name: ${bad.name}.`) : undefined
}

function invalid(reason: string): Refusal {
  return { code: 1007, reason }
}

/** All functions of a list of tools. */
export function declarationsOf(tools: readonly Tool[] = []): readonly FunctionDeclaration[] {
  return tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations)
}

/** The functions as the guide wants them. */
export function offeredTools(tools: readonly Tool[] | undefined): readonly OfferedTool[] {
  return declarationsOf(tools).map(({ name, description, parameters, parametersJsonSchema }) => {
    const schema = lowerTypes(parametersJsonSchema ?? parameters)
    return { name, description, parameters: isRecord(schema) ? schema : undefined }
  })
}

function lowerTypes(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lowerTypes)
  if (!isRecord(schema)) return schema
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === 'type' && typeof value === 'string' ? value.toLowerCase() : lowerTypes(value),
  ])
  return Object.fromEntries(entries) as unknown
}

/** The setup that a token leaves a client: all of the token's, or the masked fields of it. */
export function lockSetup(client: Json, locked: Json | undefined, mask: string | undefined): Json {
  if (!locked) return client
  if (!mask) return locked
  return mask.split(',').reduce((setup, path) => withField(setup, locked, path.trim().split('.')), client)
}

function withField(target: Json, source: unknown, [name = '', ...rest]: readonly string[]): Json {
  const value = isRecord(source) ? source[name] : undefined
  if (rest.length === 0) return { ...target, [name]: value ?? undefined }
  const inner = target[name]
  return { ...target, [name]: withField(isRecord(inner) ? inner : {}, value, rest) }
}

/** The resumption handle of a `setup`. */
export function handleOf({ sessionResumption }: Json): string | undefined {
  const handle = isRecord(sessionResumption) ? sessionResumption.handle : undefined
  return typeof handle === 'string' && handle !== '' ? handle : undefined
}
