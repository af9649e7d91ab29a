import { randomUUID } from 'node:crypto'
import { isRecord } from '../is-record.ts'
import type { JsonObject } from '../openai/dialect.ts'
import type { WireMessage } from '../openai/wire.ts'
import type { XaiMessages } from './client-messages.ts'

const BYTES_PER_MS = 48
const SILENT = new Set([
  'conversation.item.done',
  'rate_limits.updated',
  'response.function_call_arguments.delta',
])

/** Says what a session has to say in xAI's words, as recorded. */
export class XaiEvents {
  readonly #conversationId: string
  readonly #client: XaiMessages
  /** Turns of the user that were announced when they began. */
  readonly #announced = new Set<unknown>()
  readonly #transcripts = new Map<unknown, string>()
  #heldBack: WireMessage | undefined
  #spokenMs = 0

  constructor(conversationId: string, client: XaiMessages) {
    this.#conversationId = conversationId
    this.#client = client
  }

  encode(event: WireMessage): readonly WireMessage[] {
    if (SILENT.has(event.type)) return []
    return this.#translate(event).map(({ type, ...fields }) => {
      const previous = type === 'session.created' ? {} : { previous_item_id: null }
      return { type, ...previous, ...fields, event_id: randomUUID() }
    })
  }

  #translate(event: WireMessage): readonly WireMessage[] {
    const { type, item, item_id, output_index: _index, obfuscation: _filler, ...rest } = event
    const place = { item_id, output_index: 0 }
    switch (type) {
      case 'session.created':
        return this.#opened(record(event.session))
      case 'session.updated':
        return [{ type, session: this.#session(record(event.session)) }]
      case 'input_audio_buffer.speech_started':
        return [event, this.#userTurn(item_id)]
      case 'conversation.item.added':
        if (this.#announced.has(record(item).id)) return []
        return [{ ...event, item: itemOf(record(item), 'tool') }]
      case 'conversation.item.created':
        return [{ ...event, item: itemOf(record(item), 'tool') }]
      case 'conversation.item.input_audio_transcription.delta':
        return [this.#updated(event)]
      case 'conversation.item.input_audio_transcription.completed': {
        const { usage: _usage, logprobs: _logprobs, ...kept } = event
        // As recorded: it says so once too early.
        return [
          { ...kept, status: 'in_progress' },
          { ...kept, status: 'completed' },
        ]
      }
      case 'response.created':
        return [{ type, response: responseOf(record(event.response), []) }]
      case 'response.output_item.added':
      case 'response.output_item.done': {
        const { content: _content, ...bare } = itemOf(record(item), 'user')
        return [{ type, ...rest, item: bare, output_index: 0 }]
      }
      case 'response.content_part.added':
        this.#spokenMs = 0
        return [{ type, ...rest, ...place, previous_item_id: '0' }]
      case 'response.output_audio.delta':
        return [{ type, ...rest, ...place, ...this.#timing(String(event.delta)) }]
      case 'response.output_audio_transcript.delta':
        return [{ type, ...rest, ...place, rid: randomUUID(), start_time: this.#spokenMs / 1000 }]
      case 'response.output_audio.done':
        this.#heldBack = { type, ...rest, ...place }
        return []
      case 'response.content_part.done': {
        const { part: _part, ...bare } = rest
        return [{ type, ...bare, ...place }, ...(this.#heldBack ? [this.#heldBack] : [])]
      }
      case 'response.output_audio_transcript.done':
        return [{ type, ...rest, ...place }]
      case 'response.function_call_arguments.done': {
        const { name: _name, arguments: delta, ...bare } = rest
        const whole = { type: 'response.function_call_arguments.delta', item_id, ...bare, delta }
        return [whole, { type, ...rest, ...place }]
      }
      case 'response.done':
        return [doneOf(record(event.response))]
      default:
        return [event]
    }
  }

  #opened({ id, model }: JsonObject): readonly WireMessage[] {
    const session = {
      id,
      object: 'realtime.session',
      instructions: '',
      voice: 'ara',
      modalities: ['audio'],
      turn_detection: { type: null },
      tools: [],
      model,
    }
    return [
      { type: 'session.created', session },
      {
        type: 'conversation.created',
        conversation: { id: this.#conversationId, object: 'realtime.conversation' },
      },
      { type: 'ping', timestamp: Date.now() },
    ]
  }

  #session({ model }: JsonObject): JsonObject {
    const { audio, tools, type: _type, ...given } = this.#client.session
    const { input, output } = record(audio)
    const { transcription } = record(input)
    return {
      ...given,
      enable_noise_suppression: true,
      model,
      ...(Array.isArray(tools) ? { tools: tools.map(nestedTool) } : {}),
      keep_context: false,
      enable_phonetic_spelling: false,
      ...(transcription === undefined ? {} : { input_audio_transcription: transcription }),
      modalities: ['audio'],
      input_audio_format: 'not specified',
      output_audio_format: 'not specified',
      tool_choice: 'auto',
      temperature: -1,
      max_response_output_tokens: 'inf',
      audio: {
        input: { ...record(input), transport: 'json' },
        output: { ...record(output), transport: 'json' },
      },
    }
  }

  #userTurn(id: unknown): WireMessage {
    this.#announced.add(id)
    const content = [{ type: 'input_audio', transcript: '' }]
    const item = {
      id,
      object: 'realtime.item',
      type: 'message',
      status: 'in_progress',
      role: 'user',
      content,
    }
    return { type: 'conversation.item.added', item }
  }

  #updated({ item_id, content_index, delta }: WireMessage): WireMessage {
    const transcript = (this.#transcripts.get(item_id) ?? '') + String(delta)
    this.#transcripts.set(item_id, transcript)
    return {
      type: 'conversation.item.input_audio_transcription.updated',
      item_id,
      content_index,
      transcript,
    }
  }

  #timing(delta: string): JsonObject {
    const audio_duration_ms = Math.round(Buffer.byteLength(delta, 'base64') / BYTES_PER_MS)
    const first = this.#spokenMs === 0 ? { latency: '0.68' } : {}
    this.#spokenMs += audio_duration_ms
    return { rid: randomUUID(), ...first, audio_duration_ms, ts: Date.now() }
  }
}

function itemOf(item: JsonObject, callRole: 'tool' | 'user'): JsonObject {
  const isCall = String(item.type).startsWith('function_call')
  const status = item.type === 'function_call_output' ? { status: 'completed' } : {}
  return { ...item, ...status, object: 'realtime.item', ...(isCall ? { role: callRole } : {}) }
}

function responseOf({ id, status }: JsonObject, output: readonly unknown[]): JsonObject {
  return { id, object: 'realtime.response', output, status, status_details: 'unimplemented', usage: {} }
}

function doneOf(response: JsonObject): WireMessage {
  const items = Array.isArray(response.output) ? (response.output as readonly unknown[]) : []
  const output = items.map((value) => {
    const item = itemOf(record(value), 'user')
    if (!Array.isArray(item.content)) return item
    const [part] = item.content as readonly unknown[]
    return { ...item, content: [{ type: 'audio', transcript: record(part).transcript }] }
  })
  const usage = record(response.usage)
  const counts = (details: unknown): JsonObject => {
    const { text_tokens, audio_tokens } = record(details)
    return { text_tokens, audio_tokens, grok_tokens: 0 }
  }
  const seconds = Number(counts(usage.output_token_details).audio_tokens) / 20
  return {
    type: 'response.done',
    response: responseOf(response, output),
    response_id: response.id,
    usage: {
      input_tokens: usage.input_tokens,
      input_token_details: counts(usage.input_token_details),
      output_tokens: usage.output_tokens,
      output_token_details: counts(usage.output_token_details),
      total_tokens: usage.total_tokens,
      output_audio_seconds: seconds,
      billable_audio_seconds: Math.floor(seconds),
    },
  }
}

function nestedTool(tool: unknown): unknown {
  const { type, ...definition } = record(tool)
  return type === 'function' ? { type, function: definition } : tool
}

function record(value: unknown): JsonObject {
  return isRecord(value) ? value : {}
}
