import {
  type AgentUpdate,
  type HeardItem,
  type ModelCapabilities,
  type ModelSession,
  RealtimeModel,
  type ReplyRequest,
  type UserMessage,
} from '../model.ts'
import type { Conversation } from './conversation.ts'
import { type DialectRules, openai, type Transport } from './dialect.ts'
import type { OpenAIRealtimeEvents, RawEvent } from './events.ts'
import type { Link } from './link.ts'
import { loadWebRtc, openConversation, type OpeningPlan } from './open-conversation.ts'
import { checkOptions, type OpenAIRealtimeOptions, refuse } from './options.ts'
import type { Traits } from './traits.ts'

/**
 * OpenAI's Realtime API, over WebRTC or a WebSocket.
 *
 * `connect` rejects with an `AuthError`, a `ConnectionError` or a `ModelError`.
 */
export class OpenAIRealtime extends RealtimeModel<OpenAIRealtimeEvents> {
  readonly capabilities: ModelCapabilities
  readonly #plan: OpeningPlan
  #attempt = new AbortController()
  #conversation: Conversation | undefined
  #link: Link | undefined
  #droppedFrames = 0

  /** Throws an `OptionError` for an option that is wrong or not supported. */
  constructor(given: OpenAIRealtimeOptions) {
    super()
    const dialect = (given.dialect ?? openai) as DialectRules
    const transport = transportOf(given, dialect)
    const isWebRtc = transport === 'webrtc'
    const options = { ...given, transport }
    const traits: Traits = {
      truncation: isWebRtc ? 'server' : 'client',
      media: isWebRtc ? 'track' : 'frames',
      textOutput: true,
      imageInput: true,
      deletion: true,
      metadata: true,
      ...dialect.traits,
    }
    checkOptions(options, traits)
    if (!(transport in { ...dialect.endpoints }))
      refuse(options, 'transport', `must be one that ${dialect.name} has`)
    dialect.check?.(options)
    const { media, truncation, imageInput, deletion } = traits
    // Not where the options say what a turn does, or OpenAI speaks in a silence.
    const isOpen = !/null|Response|Timeout/.test(JSON.stringify(options.turnDetection))
    this.capabilities = {
      inputRate: 24_000,
      outputRate: 24_000,
      media,
      truncation,
      imageInput,
      turnEvents: true,
      manualTurns: true,
      clientInterrupt: true,
      textInput: true,
      tools: true,
      reply: true,
      context: true,
      confirmTurns: !isWebRtc && deletion && isOpen,
      resume: 'replay',
      maxConnectionMs: 3_600_000,
      ...dialect.capabilities,
    }
    const url = new URL(options.url ?? dialect.endpoints[transport] ?? '')
    // A call's key is bound to its model.
    if (!isWebRtc && !url.searchParams.has('model')) url.searchParams.set('model', options.model)
    // Another class's methods would be missing there.
    if (new.target === OpenAIRealtime) this.recipe = { name: 'OpenAIRealtime', options }
    this.#plan = { options, dialect, traits, url: url.href }
    // So that it is there when it is needed. If it is not, `connect` says so.
    if (isWebRtc) loadWebRtc().catch(() => {})
  }

  /** Microphone frames that were dropped because the network did not keep up, so far. */
  get droppedFrames(): number {
    return this.#droppedFrames
  }

  /** The service's name of the WebRTC call, for your server to join or to end it; `undefined` if not told. */
  get callId(): string | undefined {
    return this.#link?.callId
  }

  async connect(session: ModelSession): Promise<void> {
    this.close()
    session.signal.throwIfAborted()
    const attempt = (this.#attempt = new AbortController())
    attempt.signal.addEventListener('abort', () => {
      this.#conversation = this.#link = undefined
    })
    await openConversation({
      ...this.#plan,
      session,
      attempt,
      emit: (event, payload) => this.emit(event, payload),
      onOpen: (conversation, link) => {
        this.#conversation = conversation
        this.#link = link
      },
      onDrop: () => this.#droppedFrames++,
    })
  }

  handleAudioInput(frame: Int16Array): void {
    if (this.#conversation?.takes(frame)) this.#link?.sendAudio(frame)
  }

  override sendMessage(message: UserMessage): void {
    this.#conversation?.sendMessage(message)
  }

  override interrupt(heard: readonly HeardItem[]): void {
    this.#conversation?.interrupt(heard)
  }

  override startTurn(): void {
    this.#conversation?.startTurn()
  }

  override endTurn(): void {
    this.#conversation?.endTurn()
  }

  override reply(request: ReplyRequest): void {
    this.#conversation?.reply(request)
  }

  override addMessage(role: 'user' | 'agent', text: string): void {
    this.#conversation?.addMessage(role, text)
  }

  override update(agent: AgentUpdate): boolean {
    return this.#conversation?.update(agent) ?? false
  }

  override answer(wanted: boolean): void {
    this.#conversation?.answer(wanted)
  }

  /**
   * Sends a message of the protocol's that vivavoce has no word for, as it is.
   * @returns Whether there is a session to send it to.
   */
  send(event: RawEvent): boolean {
    this.#link?.send(event)
    return this.#link !== undefined
  }

  close(): void {
    this.#attempt.abort()
  }
}

/** What is asked for, or fits the address, or what the dialect and the browser can do. */
function transportOf({ transport, url, negotiate }: OpenAIRealtimeOptions, dialect: DialectRules): Transport {
  if (transport) return transport
  if (url) return /^wss?:/.test(url) ? 'websocket' : 'webrtc'
  // Nobody has looked at the options yet.
  const endpoints = { ...dialect.endpoints }
  const first = Object.keys(endpoints)[0] as Transport
  return negotiate || !('websocket' in endpoints) || 'RTCPeerConnection' in globalThis ? first : 'websocket'
}
