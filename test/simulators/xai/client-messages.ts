import { isRecord } from '../is-record.ts'
import { invalidValue } from '../openai/client-error.ts'
import type { Dialect, JsonObject } from '../openai/dialect.ts'

type Decoded = ReturnType<Dialect['decode']>

const TURN_FIELDS = new Set([
  'type',
  'threshold',
  'prefix_padding_ms',
  'silence_duration_ms',
  'create_response',
  'interrupt_response',
])

/** Reads the messages of xAI's clients as OpenAI's. What xAI does not know, it ignores. */
export class XaiMessages {
  /** The session, as the client has described it so far. */
  session: JsonObject = {}
  readonly #resume: () => void

  /** `resume` is called when a client wants its conversation to be kept, and to go on. */
  constructor(resume: () => void) {
    this.#resume = resume
  }

  decode(message: JsonObject): Decoded {
    switch (message.type) {
      case 'session.update':
        return this.#update(message)
      case 'conversation.item.truncate':
        return undefined
      case 'response.create':
        return isRecord(message.response) ? this.#response(message, message.response) : { message }
      default:
        return { message }
    }
  }

  #update(message: JsonObject): Decoded {
    const given = record(message.session)
    if (wantsText(given)) return textRefused()
    this.session = { ...this.session, ...given }
    if (record(given.resumption).enabled === true) queueMicrotask(this.#resume)
    const { input, output } = record(given.audio)
    const { transcription } = record(input)
    const { type, model } = record(transcription)
    const detection = given.turn_detection
    const audio = {
      input: {
        ...(detection === undefined ? {} : { turn_detection: turnDetection(record(detection)) }),
        ...(isRecord(transcription) ? { transcription: { model: model ?? type ?? 'grok-transcribe' } } : {}),
      },
      output: 'format' in record(output) ? { format: record(output).format } : {},
    }
    const { instructions, tools, tool_choice } = given
    const session = {
      type: 'realtime',
      audio,
      ...(instructions === undefined ? {} : { instructions }),
      ...(Array.isArray(tools) ? { tools: tools.filter(isOurs) } : {}),
      ...(tool_choice === undefined ? {} : { tool_choice }),
    }
    return { message: { ...message, session } }
  }

  #response(message: JsonObject, given: JsonObject): Decoded {
    if (wantsText(given)) return textRefused()
    const { modalities: _modalities, ...response } = given
    return { message: { ...message, response } }
  }
}

/** Tools that xAI calls itself are not simulated. */
function isOurs(tool: unknown): boolean {
  return record(tool).type === 'function' || record(tool).type === 'mcp'
}

function turnDetection(given: JsonObject): JsonObject | null {
  if (typeof given.type !== 'string') return null
  return Object.fromEntries(Object.entries(given).filter(([name]) => TURN_FIELDS.has(name)))
}

function wantsText({ modalities, output_modalities }: JsonObject): boolean {
  return [modalities, output_modalities].some((wanted) => Array.isArray(wanted) && !wanted.includes('audio'))
}

function textRefused(): Decoded {
  return { error: invalidValue('Text-only output is not supported.', 'session.modalities') }
}

function record(value: unknown): JsonObject {
  return isRecord(value) ? value : {}
}
