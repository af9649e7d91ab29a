import { isVivaVoceError, ModelError, type VivaVoceError } from '../../core/errors.ts'
import { connectionError, openWebSocket } from '../../transport/web-socket.ts'
import { obtainToken } from '../credential.ts'
import { instructionOf } from '../instruction.ts'
import {
  type AgentUpdate,
  type HeardItem,
  type ImagePart,
  type ModelCapabilities,
  type ModelSession,
  RealtimeModel,
  type ReplyRequest,
  type UserMessage,
} from '../model.ts'
import { Conversation } from './conversation.ts'
import type { GeminiRealtimeEvents, RawMessage } from './events.ts'
import { closeError, malformed, modelError } from './failures.ts'
import { checkOptions, type GeminiRealtimeOptions, refuse } from './options.ts'
import { Outbox } from './outbox.ts'
import { contentOf, reminder } from './reminder.ts'
import { endpoint, setupMessage, userMessages } from './setup.ts'
import { toolsOf } from './tools-of.ts'
import { newest, searchesAlone, type Traits, traitsOf } from './traits.ts'
import type { ServerMessage } from './wire.ts'

/** Google looks at one a second. */
const MIN_FRAME_GAP_MS = 950
/** An image on a network that does not keep up would hold up the voice. */
const MAX_BUFFERED_BYTES = 100_000
const FRAME_MS = 20

/**
 * Google's Gemini Live API, over a WebSocket.
 *
 * Google does not tell when the user begins or stops speaking, but for an interruption; it cannot be told
 * how much of an answer was heard; and it keeps a connection for about ten minutes, after which the
 * conversation goes on over another. A model that calls a tool and waits for it does not hear the user
 * meanwhile (all but 3.8): what is said is kept until the tool is done.
 *
 * Images that a tool gives are part of its result from 3.1 on; 2.5 is shown them just before, as frames of a
 * video. What `addMessage` tells it, 2.5 may only notice when it is next asked by a message or a `reply`.
 *
 * A muted microphone ends Google's audio stream after a second; sound opens it again.
 *
 * `connect` rejects with an `AuthError`, a `ConnectionError`, a `ModelError` or an `OptionError`.
 */
export class GeminiRealtime extends RealtimeModel<GeminiRealtimeEvents> {
  readonly capabilities: ModelCapabilities
  /** As they were given. */
  readonly options: GeminiRealtimeOptions
  readonly #traits: Traits
  #attempt = new AbortController()
  #conversation: Conversation | undefined
  #outbox: Outbox | undefined
  /** By which the service remembers the conversation, and whether it is behind. */
  #handle: string | undefined
  #behind = false
  #failedResumptions = 0
  /** The service has said that it will end this connection, and the engine is not told yet. */
  #expiresInMs: number | undefined
  #talking = false
  #droppedFrames = 0
  #frameAt = -Infinity

  /** Throws an `OptionError` for an option that is wrong, or that the model refuses. */
  constructor(options: GeminiRealtimeOptions) {
    super()
    checkOptions(options)
    this.options = options
    // Another class's methods would be missing there.
    if (new.target === GeminiRealtime) this.recipe = { name: 'GeminiRealtime', options }
    this.#traits = traitsOf(options.model)
    this.capabilities = {
      inputRate: 16_000,
      outputRate: 24_000,
      manualTurns: options.turnDetection === null,
      clientInterrupt: this.#traits.clientContent,
      truncation: 'none',
      textInput: true,
      imageInput: true,
      tools: true,
      reply: true,
      context: this.#traits.clientContent,
      resume: 'handle',
      maxConnectionMs: 600_000,
    }
  }

  /** Microphone frames that were dropped because the network did not keep up, so far. */
  get droppedFrames(): number {
    return this.#droppedFrames
  }

  async connect(session: ModelSession): Promise<void> {
    this.close()
    session.signal.throwIfAborted()
    const { options } = this
    if (options.googleSearch && session.tools.length > 0 && searchesAlone(options.model)) {
      refuse(options, 'googleSearch', `does not go with tools: leave one out, or use ${newest}`)
    }
    // A conversation of which nothing is known is another one.
    if (session.anew || session.history.length === 0) {
      this.#handle = undefined
      this.#talking = false
    }
    try {
      await this.#open(session)
    } catch (error) {
      session.signal.throwIfAborted()
      if (!this.#handle || !(error instanceof ModelError)) throw error
      const isRefused = !error.retryable && /100[78]/.test(error.providerCode ?? '')
      if (!isRefused && ++this.#failedResumptions < 2) throw error
      this.#handle = undefined
      await this.#open(session)
      const what = 'has forgotten the session: a new one was told what was said'
      this.emit('error', modelError(what, 'session-forgotten', { cause: error }))
    }
  }

  handleAudioInput(frame: Int16Array): void {
    this.#conversation?.handleAudio(frame)
  }

  override sendMessage(message: UserMessage): void {
    this.#conversation?.ask('message', userMessages(message, this.#traits))
  }

  override interrupt(heard: readonly HeardItem[]): void {
    this.#conversation?.interrupt(heard)
  }

  override reply({ replyId, ...wanted }: ReplyRequest): void {
    const messages = userMessages({ text: instructionOf(wanted) }, this.#traits)
    this.#conversation?.ask({ replyId }, messages)
  }

  override addMessage(role: 'user' | 'agent', text: string): void {
    const turns = [contentOf({ type: 'message', role, text })]
    this.#behind = true
    this.#conversation?.tell({ clientContent: { turns, turnComplete: false } })
  }

  /** Only 3.8 can, and only while it is connected. What is left out stays as it is. */
  override update({ instructions, tools }: Partial<AgentUpdate>): boolean {
    if (this.#traits.waits) return false
    return this.send({
      contextUpdate: {
        ...(instructions !== undefined && { systemInstruction: { parts: [{ text: instructions }] } }),
        ...(tools && { tools: { tools: toolsOf(this.options, tools) } }),
      },
    })
  }

  override startTurn(): void {
    this.#talking = true
    this.#conversation?.startTurn()
  }

  override endTurn(): void {
    this.#talking = false
    this.#conversation?.endTurn()
  }

  /**
   * Shows a frame of a camera or of a screen. It is no message: it is seen when something is said.
   * At most one a second is sent, and none while the network does not keep up or the model waits for a tool.
   * @returns Whether it was sent.
   */
  sendVideoFrame({ mimeType, data }: ImagePart): boolean {
    const now = performance.now()
    const { shut = true, bufferedAmount = 0 } = this.#outbox ?? {}
    if (shut || bufferedAmount > MAX_BUFFERED_BYTES || now - this.#frameAt < MIN_FRAME_GAP_MS) return false
    this.#frameAt = now
    return this.send({ realtimeInput: { video: { mimeType, data } } })
  }

  /**
   * Sends a message of the protocol's that vivavoce has no word for, as it is.
   * @returns Whether there is a session to send it to.
   */
  send(message: RawMessage): boolean {
    this.#outbox?.send(message)
    return this.#outbox !== undefined
  }

  close(): void {
    this.#attempt.abort()
  }

  async #open(session: ModelSession): Promise<void> {
    const { options } = this
    const { connectTimeoutMs: timeoutMs = 10_000, url: place = 'Gemini', turnDetection } = options
    const attempt = (this.#attempt = new AbortController())
    const { signal } = attempt
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => attempt.abort(error)
      const timer = setTimeout(() => {
        fail(connectionError(place, 'connection-timeout', `did not answer within ${timeoutMs} ms`))
      }, timeoutMs)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        this.#conversation?.close()
        this.#conversation = this.#outbox = undefined
        reject(signal.reason)
      })
      session.signal.addEventListener('abort', () => fail(session.signal.reason), { signal })
      const connect = async (): Promise<void> => {
        const url = endpoint(options, await obtainToken(options.auth))
        signal.throwIfAborted()
        const lose = (error: VivaVoceError): void => {
          const isOpen = this.#conversation
          fail(error)
          if (isOpen) this.emit('closed', error)
        }
        const onDead = (): void => lose(connectionError(url, 'connection-lost', 'does not react any more'))
        let begin: (() => void) | undefined
        const socket = await openWebSocket(url, {
          signal,
          timeoutMs,
          onMessage: (data) => this.#receive(data, begin),
          onClose: ({ code, reason }) => lose(closeError(url, code, reason)),
        })
        const outbox = new Outbox(socket, {
          onDrop: () => this.#droppedFrames++,
          onStuck: onDead,
          silentFrames:
            turnDetection === null
              ? Infinity
              : Math.max(50, Math.ceil((turnDetection?.silenceDurationMs ?? 0) / FRAME_MS + 25)),
        })
        const handle = this.#handle
        const messages = reminder(session, this.#traits, Boolean(handle), this.#behind)
        begin = () => {
          clearTimeout(timer)
          this.#outbox = outbox
          const conversation = (this.#conversation = new Conversation({
            session,
            options,
            traits: this.#traits,
            outbox,
            emit: (event, payload) => this.emit(event, payload),
            newId: (kind) => `${kind}-${crypto.randomUUID()}`,
            onTurn: () => (this.#behind = true),
            onDead,
          }))
          this.#failedResumptions = 0
          this.#expiresInMs = undefined
          // What it is told now is not in the handle.
          this.#behind = messages.length > 0
          for (const message of messages) outbox.send(message)
          if (this.#behind && session.answerDue) conversation.expect('message')
          if (this.#talking) conversation.startTurn()
          resolve()
        }
        outbox.send(setupMessage(options, session, this.#traits, handle))
      }
      connect().catch(fail)
    })
  }

  #receive(data: unknown, begin: (() => void) | undefined): void {
    try {
      const message: ServerMessage = JSON.parse(
        typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer),
      )
      this.emit('serverEvent', message as Readonly<Record<string, unknown>>)
      if (message.setupComplete && !this.#conversation) begin?.()
      this.#follow(message)
      this.#conversation?.receive(message)
    } catch (error) {
      this.emit('error', isVivaVoceError(error) ? error : malformed())
    }
  }

  /** What concerns the life of the session. */
  #follow({ sessionResumptionUpdate: update, goAway }: ServerMessage): void {
    if (update?.newHandle && update.resumable) {
      this.#handle = update.newHandle
      this.#behind = false
    }
    if (goAway) this.#expiresInMs = (parseFloat(goAway.timeLeft ?? '') || 0) * 1000
    const inMs = this.#expiresInMs
    // While the handle is behind, a new connection would not know what is said just now.
    if (inMs === undefined || (this.#handle && this.#behind)) return
    this.#expiresInMs = undefined
    this.emit('expiring', { inMs })
  }
}
