import { existsSync, readFileSync } from 'node:fs'
import protobuf from 'protobufjs'
import { isRecord } from '../is-record.ts'
import type { Json } from './wire.ts'

/** Says what in a message the published protos do not have. */
export interface ProtoValidator {
  readonly client: (message: Json) => readonly string[]
  readonly server: (message: Json) => readonly string[]
}

const FOLDER = new URL('../../../../shared/conformance/googleapis-protos/', import.meta.url)
const PACKAGE = 'google.ai.generativelanguage.v1beta'

/** Fields of the newest SDK that the published protos lag behind. */
const NEWER_FIELDS: ReadonlySet<string> = new Set([
  'AudioTranscriptionConfig.adaptationPhrases',
  'AudioTranscriptionConfig.languageCodes',
  'AudioTranscriptionConfig.languageHints',
  'BidiGenerateContentClientMessage.contextUpdate',
  'BidiGenerateContentServerContent.interactionStatus',
  'BidiGenerateContentServerContent.interimInputTranscription',
  'BidiGenerateContentServerContent.turnCompleteReason',
  'BidiGenerateContentServerMessage.voiceActivity',
  'BidiGenerateContentSetup.avatarConfig',
  'BidiGenerateContentSetup.historyConfig',
  'BidiGenerateContentSetup.labels',
  'BidiGenerateContentSetup.proactivity',
  'BidiGenerateContentSetup.safetySettings',
  'BidiGenerateContentSetupComplete.sessionId',
  'BidiGenerateContentTranscription.finished',
  'GenerationConfig.enableAffectiveDialog',
  'GenerationConfig.translationConfig',
  'RealtimeInputConfig.interimTranscriptTimestampEnabled',
  'SessionResumptionConfig.transparent',
  'SessionResumptionUpdate.lastConsumedClientMessageIndex',
  'ThinkingConfig.thinkingLevel',
  'VoiceConfig.replicatedVoiceConfig',
])

const NEWER_VALUES: ReadonlySet<string> = new Set(['TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO'])

let loaded: ProtoValidator | undefined

/** The validator; `undefined` where the protos are not. */
export function loadProtoValidator(): ProtoValidator | undefined {
  if (loaded || !existsSync(FOLDER)) return loaded
  const root = new protobuf.Root()
  // v1alpha's are older: they know neither `audio` nor `sessionResumption`.
  for (const file of ['v1beta_content.proto', 'v1beta_generative_service.proto']) {
    protobuf.parse(readFileSync(new URL(file, FOLDER), 'utf8'), root)
  }
  const problems = (name: string) => {
    const type = root.lookupType(`${PACKAGE}.${name}`)
    return (message: Json): readonly string[] => checkMessage(type, message)
  }
  loaded = {
    client: problems('BidiGenerateContentClientMessage'),
    server: problems('BidiGenerateContentServerMessage'),
  }
  return loaded
}

function checkMessage(type: protobuf.Type, value: unknown): readonly string[] {
  if (!isRecord(value)) return [`${type.name} is no object`]
  const problems: string[] = []
  for (const { name, oneof } of type.oneofsArray) {
    const present = oneof.filter((field) => value[field] !== undefined)
    if (present.length > 1) problems.push(`${type.name}.${name} has ${present.join(' and ')}`)
  }
  for (const [name, part] of Object.entries(value)) {
    const field = type.fields[name]
    if (field) problems.push(...checkField(field, part))
    else if (!NEWER_FIELDS.has(`${type.name}.${name}`)) problems.push(`${type.name} has no ${name}`)
  }
  return problems
}

function checkField(field: protobuf.Field, value: unknown): readonly string[] {
  const name = `${field.parent?.name ?? ''}.${field.name}`
  if (field.map) {
    if (!isRecord(value)) return [`${name} is no map`]
    return Object.values(value).flatMap((part) => checkValue(field, name, part))
  }
  if (!field.repeated) return checkValue(field, name, value)
  if (!Array.isArray(value)) return [`${name} is no list`]
  return value.flatMap((part: unknown) => checkValue(field, name, part))
}

const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  bytes: (value) => typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value),
  bool: (value) => typeof value === 'boolean',
  int32: Number.isInteger,
  int64: (value) => /^-?\d+$/.test(String(value)),
  float: Number.isFinite,
  double: Number.isFinite,
  'google.protobuf.Duration': (value) => /^\d+(\.\d+)?s$/.test(String(value)),
  'google.protobuf.Struct': isRecord,
  'google.protobuf.Value': () => true,
}

function checkValue(field: protobuf.Field, name: string, value: unknown): readonly string[] {
  const scalar = SCALARS[field.type]
  if (scalar) return scalar(value) ? [] : [`${name} is no ${field.type}`]
  const type = resolvedType(field)
  // Of a file that was not published with the others.
  if (!type) return []
  if (type instanceof protobuf.Type) return checkMessage(type, value)
  const known = typeof value === 'string' && (value in type.values || NEWER_VALUES.has(value))
  return known ? [] : [`${name} is no ${type.name}`]
}

function resolvedType(field: protobuf.Field): protobuf.Type | protobuf.Enum | null {
  try {
    return field.resolve().resolvedType
  } catch {
    return null
  }
}
