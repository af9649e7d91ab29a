import type { OfferedTool } from '../tool-choice.ts'
import { invalidValue, type ClientError } from './client-error.ts'
import { itemError, itemFrom, itemWithAudio, readClientAudio } from './client-items.ts'
import type { ClientMessage, ClientMessageOf } from './client-messages.ts'
import { Conversation, truncateItem, type ConversationItem } from './conversation.ts'
import { InputAudio, type Utterance } from './input-audio.ts'
import type { SessionOptions } from './options.ts'
import type { ResponseRequest } from './response.ts'
import { Responses } from './responses.ts'
import { updateSessionConfig, type SessionConfig } from './session-config.ts'
import { transcribeItem } from './transcription.ts'
import type { WireMessage } from './wire.ts'

/** What a session needs of its connection. */
export interface SessionHost {
  readonly options: SessionOptions
  readonly emit: (event: WireMessage) => void
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal
}

type ResponseParams = NonNullable<ClientMessageOf<'response.create'>['response']>

/** What the service does with the messages of one client. */
export class SimulatedSession {
  readonly conversation: Conversation = new Conversation()
  readonly utterances: Utterance[] = []
  readonly input: InputAudio
  readonly #responses = new Responses()
  readonly #host: SessionHost
  #config: SessionConfig

  constructor(host: SessionHost, config: SessionConfig) {
    this.#host = host
    this.#config = config
    this.input = new InputAudio(
      {
        emit: host.emit,
        speechStarted: () => this.#speechStarted(),
        committed: (utterance) => this.#committed(utterance),
      },
      { keepRecording: host.options.record },
    )
    this.input.configure(config.audio.input.turn_detection)
  }

  /** The session as the client was last told. */
  get config(): SessionConfig {
    return this.#config
  }

  open(): void {
    this.#host.emit({ type: 'session.created', session: this.#config })
  }

  /** Does what a message asks for; gives what is wrong with it. */
  handle(message: ClientMessage): ClientError | undefined {
    switch (message.type) {
      case 'session.update':
        return this.#update(message)
      case 'input_audio_buffer.append':
        return this.#append(message)
      case 'input_audio_buffer.commit':
        return this.#commit()
      case 'input_audio_buffer.clear':
        this.input.clear()
        return this.#reply({ type: 'input_audio_buffer.cleared' })
      case 'output_audio_buffer.clear':
        return invalidValue('output_audio_buffer.clear is for WebRTC and SIP only.', 'type')
      case 'conversation.item.create':
        return this.#createItem(message)
      case 'conversation.item.retrieve':
        return this.#withItem(message, 'retrieve', (item) =>
          this.#reply({ type: 'conversation.item.retrieved', item: itemWithAudio(item) }),
        )
      case 'conversation.item.delete':
        return this.#withItem(message, 'delete', () => {
          this.conversation.delete(message.item_id)
          return this.#reply({ type: 'conversation.item.deleted', item_id: message.item_id })
        })
      case 'conversation.item.truncate':
        return this.#withItem(message, 'truncate', (item) => this.#truncate(item, message))
      case 'response.create':
        return this.#createResponse(message.response ?? {})
      default:
        return this.#responses.cancel(message.response_id)
    }
  }

  #reply(event: WireMessage): undefined {
    this.#host.emit(event)
  }

  #update({ session }: ClientMessageOf<'session.update'>): ClientError | undefined {
    const { model, audio } = this.#config
    if (session.model !== undefined && session.model !== model) {
      return invalidValue(`The model of a session cannot be changed: it is '${model}'.`, 'session.model')
    }
    const voice = session.audio?.output?.voice
    if (voice !== undefined && !sameVoice(voice, audio.output.voice) && this.conversation.hasAgentAudio) {
      return voiceFixed()
    }
    this.#config = updateSessionConfig(this.#config, session)
    this.input.configure(this.#config.audio.input.turn_detection)
    return this.#reply({ type: 'session.updated', session: this.#config })
  }

  #append({ audio }: ClientMessageOf<'input_audio_buffer.append'>): ClientError | undefined {
    const pcm = readClientAudio(audio, 'audio')
    if (!(pcm instanceof Int16Array)) return pcm
    this.input.append(pcm)
    return undefined
  }

  #commit(): ClientError | undefined {
    const { bufferedMs } = this.input
    if (bufferedMs < 100) {
      const message = `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${bufferedMs.toFixed(2)}ms of audio.`
      return { code: 'input_audio_buffer_commit_empty', message, param: null }
    }
    this.input.commit()
    return undefined
  }

  #createItem(message: ClientMessageOf<'conversation.item.create'>): ClientError | undefined {
    const error = itemError(this.conversation, message)
    if (error) return error
    const item = itemFrom(message.item)
    if (!('wire' in item)) return item
    this.conversation.insert(item, message.previous_item_id)
    return this.#announce(item)
  }

  #announce({ wire }: ConversationItem): undefined {
    const fields = { previous_item_id: this.conversation.previousOf(wire.id), item: wire }
    this.#host.emit({ type: 'conversation.item.added', ...fields })
    this.#host.emit({ type: 'conversation.item.done', ...fields })
  }

  #withItem(
    { item_id: itemId }: { readonly item_id: string },
    verb: 'retrieve' | 'delete' | 'truncate',
    use: (item: ConversationItem) => ClientError | undefined,
  ): ClientError | undefined {
    const item = this.conversation.find(itemId)
    if (item) return use(item)
    const message = `Cannot ${verb} item: the item with id '${itemId}' does not exist.`
    return { code: `item_${verb}_invalid_item_id`, message, param: 'item_id' }
  }

  #truncate(
    item: ConversationItem,
    message: ClientMessageOf<'conversation.item.truncate'>,
  ): ClientError | undefined {
    const { item_id, content_index, audio_end_ms: endMs } = message
    const spoken = item.wire.type === 'message' && item.wire.role === 'assistant' ? item.pcm : undefined
    if (!spoken) {
      return {
        code: 'unsupported_content_type',
        message: 'Only model output audio messages can be truncated',
        param: null,
      }
    }
    if (content_index !== 0) return invalidValue('The item has one part only.', 'content_index')
    const lengthMs = spoken.length / 24
    if (endMs > lengthMs) {
      return invalidValue(`Audio content of ${Math.floor(lengthMs)}ms is already shorter than ${endMs}ms`)
    }
    truncateItem(item, endMs)
    return this.#reply({
      type: 'conversation.item.truncated',
      item_id,
      content_index,
      audio_end_ms: endMs,
    })
  }

  #createResponse(params: ResponseParams): ClientError | undefined {
    const voice = params.audio?.output?.voice
    const fixed = this.#config.audio.output.voice
    if (voice !== undefined && !sameVoice(voice, fixed) && this.conversation.hasAgentAudio) {
      return voiceFixed()
    }
    const items = params.input ? this.#resolve(params.input) : [...this.conversation.items]
    if (!Array.isArray(items)) return items
    return this.#responses.create(this.#request(params, items))
  }

  #resolve(input: NonNullable<ResponseParams['input']>): ConversationItem[] | ClientError {
    const items: ConversationItem[] = []
    for (const [index, given] of input.entries()) {
      const item = given.type === 'item_reference' ? this.conversation.find(given.id) : itemFrom(given)
      if (!item) return invalidValue('The item does not exist.', `response.input[${index}].id`)
      if (!('wire' in item)) return item
      items.push(item)
    }
    return items
  }

  #request(params: ResponseParams, items: readonly ConversationItem[]): ResponseRequest {
    const config = this.#config
    const choice = params.tool_choice ?? config.tool_choice
    return {
      turn: {
        items,
        instructions: params.instructions ?? config.instructions,
        responseInstructions: params.instructions,
        tools: (params.tools ?? config.tools).filter(({ type }) => type === 'function') as OfferedTool[],
        toolChoice: typeof choice === 'string' ? choice : choice.type === 'function' ? choice.name : 'auto',
        metadata: params.metadata ?? null,
      },
      modality: (params.output_modalities ?? config.output_modalities)[0],
      maxOutputTokens: params.max_output_tokens ?? config.max_output_tokens,
      voice: params.audio?.output?.voice ?? config.audio.output.voice,
      conversation: params.conversation === 'none' ? undefined : this.conversation,
      ...this.#host,
    }
  }

  #speechStarted(): void {
    if (this.#config.audio.input.turn_detection?.interrupt_response !== false) this.#responses.interrupt()
  }

  #committed(utterance: Utterance): void {
    const { itemId, pcm, committedBy } = utterance
    this.utterances.push(utterance)
    if (!this.#host.options.record) this.utterances.splice(0, this.utterances.length - 1)
    const item: ConversationItem = {
      wire: {
        id: itemId,
        type: 'message',
        status: 'completed',
        role: 'user',
        content: [{ type: 'input_audio', transcript: null }],
      },
      pcm,
    }
    this.#host.emit({
      type: 'input_audio_buffer.committed',
      previous_item_id: this.conversation.previousOf(),
      item_id: itemId,
    })
    this.conversation.insert(item)
    this.#announce(item)
    const { transcription, turn_detection: detection } = this.#config.audio.input
    if (committedBy === 'voice-detection' && detection?.create_response !== false) {
      const error = this.#responses.answerTurn(this.#request({}, [...this.conversation.items]))
      if (error)
        this.#reply({ type: 'error', error: { type: 'invalid_request_error', ...error, event_id: null } })
    }
    if (transcription) void this.#transcribe(item, pcm)
  }

  async #transcribe(item: ConversationItem, pcm: Int16Array): Promise<void> {
    const { emit, signal, options } = this.#host
    const task = { itemId: item.wire.id, pcm, transcribe: options.transcribe, emit, signal }
    const transcript = await transcribeItem(task)
    if (transcript === undefined || item.wire.type !== 'message') return
    item.wire = { ...item.wire, content: [{ type: 'input_audio', transcript }] }
  }
}

function voiceFixed(): ClientError {
  const message = "Cannot update a conversation's voice if assistant audio is present."
  return { code: 'cannot_update_voice', message, param: null }
}

function sameVoice(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
