import { isRecord } from '../is-record.ts'
import type { OfferedTool } from '../tool-choice.ts'
import type { Payload } from './wire.ts'

/** What `promptStart` asked for. */
export interface Prompt {
  readonly name: string
  readonly voiceId: string
  /** Hz. */
  readonly outputRate: number
  readonly tools: readonly OfferedTool[]
  /** `'auto'`, `'required'`, or the name of the tool that must be called. */
  readonly toolChoice: string
}

/** What is wrong with an event. */
export class InvalidEvent extends Error {}

const RATES = [8000, 16_000, 24_000]

/** Throws {@link InvalidEvent} unless `holds`. */
export function demand(holds: boolean, message: string): asserts holds {
  if (!holds) throw new InvalidEvent(message)
}

/** A member that has to be a text. */
export function textIn(payload: Payload, name: string): string {
  const value = payload[name]
  demand(typeof value === 'string' && value !== '', `${name} must be a string that is not empty.`)
  return value
}

/** Checks `sessionStart`. */
export function checkSessionStart({ inferenceConfiguration, turnDetectionConfiguration }: Payload): void {
  demand(isRecord(inferenceConfiguration), 'inferenceConfiguration is missing.')
  const { maxTokens, topP, temperature } = inferenceConfiguration
  demand(Number.isInteger(maxTokens) && Number(maxTokens) > 0, 'maxTokens must be a positive integer.')
  for (const value of [topP, temperature]) {
    demand(typeof value === 'number' && value >= 0 && value <= 1, 'topP and temperature are 0 to 1.')
  }
  if (turnDetectionConfiguration === undefined) return
  demand(isRecord(turnDetectionConfiguration), 'turnDetectionConfiguration must be an object.')
  const sensitivity = String(turnDetectionConfiguration.endpointingSensitivity)
  demand(['HIGH', 'MEDIUM', 'LOW'].includes(sensitivity), 'endpointingSensitivity is HIGH, MEDIUM or LOW.')
}

/** Checks a description of sound, and gives its rate. */
export function checkAudio(configuration: unknown): number {
  demand(isRecord(configuration), 'The audio configuration is missing.')
  const { mediaType, sampleRateHertz, sampleSizeBits, channelCount, encoding, audioType } = configuration
  demand(mediaType === 'audio/lpcm' && encoding === 'base64', 'Audio is audio/lpcm in base64.')
  demand(sampleSizeBits === 16 && channelCount === 1, 'Audio has one channel of 16 bits.')
  demand(audioType === 'SPEECH', 'audioType is SPEECH.')
  const rate = Number(sampleRateHertz)
  demand(RATES.includes(rate), `sampleRateHertz is one of ${RATES.join(', ')}.`)
  return rate
}

/** Checks a description of text. */
export function checkText(configuration: unknown, mediaType = 'text/plain'): void {
  demand(isRecord(configuration) && configuration.mediaType === mediaType, `The text must be ${mediaType}.`)
}

/** Checks `promptStart`. */
export function readPrompt(payload: Payload): Prompt {
  const { textOutputConfiguration, audioOutputConfiguration, toolConfiguration } = payload
  checkText(textOutputConfiguration)
  const outputRate = checkAudio(audioOutputConfiguration)
  const prompt = {
    name: textIn(payload, 'promptName'),
    voiceId: textIn(audioOutputConfiguration as Payload, 'voiceId'),
    outputRate,
  }
  if (toolConfiguration === undefined) return { ...prompt, tools: [], toolChoice: 'auto' }
  checkText(payload.toolUseOutputConfiguration, 'application/json')
  demand(isRecord(toolConfiguration) && Array.isArray(toolConfiguration.tools), 'tools must be an array.')
  demand(toolConfiguration.tools.length > 0, 'A tool configuration has a tool.')
  const tools = toolConfiguration.tools.map(readTool)
  return { ...prompt, tools, toolChoice: readToolChoice(toolConfiguration.toolChoice) }
}

function readTool(tool: unknown): OfferedTool {
  const spec = isRecord(tool) ? tool.toolSpec : undefined
  demand(isRecord(spec), 'A tool is an object with toolSpec.')
  const name = textIn(spec, 'name')
  demand(/^[\w-]{1,64}$/.test(name), 'The name of a tool has up to 64 letters, digits, _ and -.')
  demand(isRecord(spec.inputSchema), 'inputSchema is missing.')
  let schema: unknown
  try {
    schema = JSON.parse(textIn(spec.inputSchema, 'json'))
  } catch {
    throw new InvalidEvent('inputSchema.json must be a JSON Schema as a string.')
  }
  demand(isRecord(schema) && schema.type === 'object', 'The schema of a tool must be of an object.')
  return { name, description: textIn(spec, 'description'), parameters: schema }
}

function readToolChoice(choice: unknown): string {
  if (choice === undefined) return 'auto'
  demand(isRecord(choice) && Object.keys(choice).length === 1, 'toolChoice is auto, any or tool.')
  if (isRecord(choice.tool)) return textIn(choice.tool, 'name')
  demand(isRecord(choice.auto) || isRecord(choice.any), 'toolChoice is auto, any or tool.')
  return choice.any ? 'required' : 'auto'
}
