import type { OfferedTool } from '../tool-choice.ts'
import { invalidValue, type ClientError } from './client-error.ts'
import { itemFrom, readClientAudio } from './client-items.ts'
import type { ClientMessage, ClientMessageOf } from './client-messages.ts'
import { Conversation, type ConversationItem } from './conversation.ts'
import { ConversationRequests } from './conversation-requests.ts'
import { InputAudio, type Utterance } from './input-audio.ts'
import { McpTools } from './mcp-tools.ts'
import { Moments } from './moments.ts'
import type { SessionOptions } from './options.ts'
import type { ResponseRequest, SimulatedResponse } from './response.ts'
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
  readonly #responses = new Responses((response) => this.#ended(response))
  readonly #moments = new Moments()
  readonly #items: ConversationRequests
  readonly #mcp: McpTools
  readonly #host: SessionHost
  #config: SessionConfig

  constructor(host: SessionHost, config: SessionConfig) {
    const emit = (event: WireMessage): void => {
      host.emit(event)
      this.#moments.pass(event.type)
    }
    this.#host = { ...host, emit }
    this.#config = config
    const { conversation } = this
    this.#items = new ConversationRequests(conversation, emit)
    this.#mcp = new McpTools({ servers: host.options.mcpServers, conversation, emit })
    this.input = new InputAudio(
      {
        emit,
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
    this.#mcp.configure(this.#config.tools)
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
        return this.#items.retrieve(message)
      case 'conversation.item.delete':
        return this.#items.delete(message)
      case 'conversation.item.truncate':
        return this.#items.truncate(message)
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
    this.#reply({ type: 'session.updated', session: this.#config })
    this.#mcp.configure(this.#config.tools)
    return undefined
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
    const created = this.#items.create(message, this.#host.options.maxImageBytes)
    if (!('wire' in created)) return created
    const { wire } = created
    if (wire.type !== 'mcp_approval_response' || !wire.approve) return undefined
    const request = this.conversation.find(wire.approval_request_id)?.wire
    if (request?.type !== 'mcp_approval_request') return undefined
    const { id: approvalRequestId, server_label: serverLabel, name, arguments: json } = request
    const call = { type: 'mcp_call', serverLabel, name, arguments: json, approvalRequestId } as const
    this.#responses.follow({ ...this.#request({}, this.#all()), reply: { items: [call] } })
    return undefined
  }

  #all(): readonly ConversationItem[] {
    return [...this.conversation.items]
  }

  #createResponse(params: ResponseParams): ClientError | undefined {
    const voice = params.audio?.output?.voice
    const fixed = this.#config.audio.output.voice
    if (voice !== undefined && !sameVoice(voice, fixed) && this.conversation.hasAgentAudio) {
      return voiceFixed()
    }
    const items = params.input ? this.#resolve(params.input) : this.#all()
    if ('code' in items) return items
    if (params.conversation !== 'none') this.input.expectSpeech(undefined)
    return this.#responses.create(this.#request(params, items))
  }

  #resolve(input: NonNullable<ResponseParams['input']>): readonly ConversationItem[] | ClientError {
    const items: ConversationItem[] = []
    for (const [index, given] of input.entries()) {
      const item =
        given.type === 'item_reference'
          ? this.conversation.find(given.id)
          : itemFrom(given, this.#host.options.maxImageBytes)
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
        mcpTools: this.#mcp.offered,
        tools: (params.tools ?? config.tools).filter(({ type }) => type === 'function') as OfferedTool[],
        toolChoice: typeof choice === 'string' ? choice : choice.type === 'function' ? choice.name : 'auto',
        metadata: params.metadata ?? null,
      },
      modality: (params.output_modalities ?? config.output_modalities)[0],
      maxOutputTokens: params.max_output_tokens ?? config.max_output_tokens,
      voice: params.audio?.output?.voice ?? config.audio.output.voice,
      conversation: params.conversation === 'none' ? undefined : this.conversation,
      mcp: this.#mcp,
      ...this.#host,
    }
  }

  #speechStarted(): void {
    if (this.#config.audio.input.turn_detection?.interrupt_response !== false) this.#responses.interrupt()
  }

  #ended(response: SimulatedResponse): void {
    if (!response.inConversation || this.#responses.busy) return
    const detection = this.#config.audio.input.turn_detection
    const idleMs = detection?.type === 'server_vad' ? detection.idle_timeout_ms : undefined
    this.input.expectSpeech(typeof idleMs === 'number' ? idleMs + response.audioMs : undefined)
    if (response.calledMcp) this.#answer()
  }

  #committed(utterance: Utterance): void {
    const { itemId, pcm, committedBy } = utterance
    if (committedBy !== 'idle-timeout') this.utterances.push(utterance)
    if (!this.#host.options.record) this.utterances.splice(0, this.utterances.length - 1)
    const content = [{ type: 'input_audio', transcript: null }] as const
    const item: ConversationItem = {
      wire: { id: itemId, type: 'message', status: 'completed', role: 'user', content },
      pcm,
    }
    const previous_item_id = this.conversation.previousOf()
    this.#host.emit({ type: 'input_audio_buffer.committed', previous_item_id, item_id: itemId })
    this.conversation.insert(item)
    this.#items.announce(item)
    const { transcription, turn_detection: detection } = this.#config.audio.input
    const answers = committedBy !== 'client' && detection?.create_response !== false
    const { transcriptTiming } = this.#host.options
    if (transcription && transcriptTiming === 'before-answer') {
      void this.#transcribe(item, pcm).then(() => answers && this.#answer())
      return
    }
    if (answers) this.#answer()
    if (transcription) void this.#transcribe(item, pcm)
  }

  #answer(): void {
    this.input.expectSpeech(undefined)
    const error = this.#responses.answerTurn(this.#request({}, this.#all()))
    if (error)
      this.#reply({ type: 'error', error: { type: 'invalid_request_error', ...error, event_id: null } })
  }

  async #transcribe(item: ConversationItem, pcm: Int16Array): Promise<void> {
    const { emit, signal, options } = this.#host
    const { transcribe, transcriptTiming } = options
    if (transcriptTiming === 'amid-answer') await this.#moments.next(/delta$/)
    if (transcriptTiming === 'after-answer') await this.#moments.next(/^response\.done$/)
    const until = transcriptTiming === 'around-answer' ? this.#moments.next(/^response\.done$/) : undefined
    const logprobs = this.#config.include?.includes('item.input_audio_transcription.logprobs') === true
    const task = { itemId: item.wire.id, pcm, transcribe, emit, signal, logprobs, until }
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
