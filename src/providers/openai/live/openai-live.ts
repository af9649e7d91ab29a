import {
  AuthError,
  ConnectionError,
  isVivaVoceError,
  ModelError,
  type VivaVoceError,
} from '../../../core/errors.ts'
import type { ListenOptions, Listener } from '../../../core/emitter.ts'
import {
  type HeardItem,
  type ModelCapabilities,
  type ModelSession,
  RealtimeModel,
  type ReplyRequest,
  type UserMessage,
} from '../../model.ts'
import type { PeerLink } from '../../peer-link.ts'
import { malformed } from '../decode.ts'
import type { RawEvent } from '../events.ts'
import { announceExpiry } from '../expiry.ts'
import { modelError, negotiationError } from '../failures.ts'
import { decodeLive } from './decode.ts'
import { liveSession } from './encode.ts'
import type { OpenAILiveEvents } from './events.ts'
import { LiveConversation } from './live-conversation.ts'
import { checkLiveOptions, type OpenAILiveOptions } from './options.ts'
import type { LiveServerEvent } from './wire.ts'

/**
 * OpenAI's Live API, over WebRTC: a voice that listens while it talks, and decides by itself when to do
 * which. There are no turns, and only OpenAI stops it: `interrupt()` silences the speaker until the voice
 * pauses. Your server opens each session: see `negotiate`.
 *
 * `connect` rejects with an `AuthError`, a `ConnectionError` or a `ModelError`.
 */
export class OpenAILive extends RealtimeModel<OpenAILiveEvents> {
  readonly capabilities: ModelCapabilities
  readonly #options: OpenAILiveOptions
  #attempt = new AbortController()
  #open: { readonly peer: PeerLink; readonly conversation: LiveConversation } | undefined
  #sessionId: string | undefined
  #delegates = false
  #counted = 0

  /** Throws an `OptionError` for an option that is wrong, or that the Live API does not have. */
  constructor(options: OpenAILiveOptions) {
    super()
    checkLiveOptions(options)
    this.#options = options
    this.capabilities = {
      inputRate: 24_000,
      outputRate: 24_000,
      media: 'track',
      textInput: true,
      tools: options.delegation?.type === 'responses',
      reply: true,
      context: true,
      resume: 'replay',
      maxConnectionMs: 7_200_000,
    }
    // Another class's methods would be missing there, and what is `delegated` grows while it is looked at.
    if (new.target === OpenAILive && this.capabilities.tools) this.recipe = { name: 'OpenAILive', options }
  }

  /** OpenAI's id of the latest session, for what your server does with it: sideband, fork, recording. */
  get sessionId(): string | undefined {
    return this.#sessionId
  }

  override on<Name extends keyof OpenAILiveEvents>(
    event: Name,
    listener: Listener<OpenAILiveEvents[Name]>,
    options?: ListenOptions,
  ): () => void {
    if (event === 'delegated') this.#delegates = true
    return super.on(event, listener, options)
  }

  override async connect(session: ModelSession): Promise<void> {
    session.signal.throwIfAborted()
    const { connectTimeoutMs = 15_000 } = this.#options
    const attempt = (this.#attempt = new AbortController())
    const fail = (error: unknown): void => attempt.abort(error)
    const timer = setTimeout(() => {
      const message = `OpenAI Live did not answer within ${connectTimeoutMs} ms.`
      fail(new ConnectionError(message, { code: 'connection-timeout', retryable: true }))
    }, connectTimeoutMs)
    session.signal.addEventListener('abort', () => fail(session.signal.reason), { signal: attempt.signal })
    try {
      await new Promise<void>((resolve, reject) => {
        attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason))
        this.#negotiate(session, attempt, resolve).catch(fail)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  async #negotiate(session: ModelSession, attempt: AbortController, onReady: () => void): Promise<void> {
    const { signal } = attempt
    const onClose = (error: VivaVoceError): void => {
      const told = this.#open && !signal.aborted
      attempt.abort(error)
      if (told) this.emit('closed', error)
    }
    const receive = (event: LiveServerEvent): void => {
      if (event.type === 'session.closed') return onClose(closeError(event.reason))
      if (this.#open) return this.#open.conversation.receive(event)
      if (event.type === 'error') return onClose(modelError(event.error))
      if (event.type !== 'session.started') return undefined
      this.#begin(event, session, peer, signal)
      return onReady()
    }
    const peer: PeerLink = await session.openPeer({
      channel: 'oai-events',
      signal,
      onMessage: (text) => {
        if (signal.aborted) return
        try {
          const event = decodeLive(text)
          this.emit('serverEvent', event as unknown as RawEvent)
          receive(event)
        } catch (error) {
          this.emit('error', isVivaVoceError(error) ? error : malformed(undefined, error))
        }
      },
      onClose,
    })
    const { sdp, sessionId } = await this.#ask(peer.offer, session, signal)
    signal.throwIfAborted()
    this.#sessionId = sessionId ?? this.#sessionId
    await peer.accept(sdp)
  }

  /** Has the application's server open the session. */
  async #ask(
    offer: string,
    session: ModelSession,
    signal: AbortSignal,
  ): Promise<{ readonly sdp: string; readonly sessionId?: string }> {
    const { negotiate } = this.#options
    let answer: unknown
    try {
      answer = await negotiate(offer, {
        signal,
        session: liveSession(this.#options, session),
        previousSessionId: session.history.length > 0 ? this.#sessionId : undefined,
      })
    } catch (cause) {
      throw negotiationError(cause)
    }
    const given = typeof answer === 'string' ? { sdp: answer } : (answer as Answer | null | undefined)
    const sdp = given?.sdp
    if (typeof sdp !== 'string' || !sdp) {
      throw new AuthError('negotiate() returned no session description: return transport.sdp.', {
        code: 'auth-empty',
      })
    }
    return { ...given, sdp }
  }

  #begin(
    { session: { id, expires_at } }: Extract<LiveServerEvent, { type: 'session.started' }>,
    session: ModelSession,
    peer: PeerLink,
    signal: AbortSignal,
  ): void {
    this.#sessionId = id
    const conversation = new LiveConversation({
      session,
      emit: (name, payload) => this.emit(name, payload),
      send: (message) => peer.send(JSON.stringify(message)),
      count: () => ++this.#counted,
      delegates: () => this.#delegates,
    })
    this.#open = { peer, conversation }
    announceExpiry(
      { type: 'session.created', session: { expires_at } },
      { signal, emit: (name, payload) => this.emit(name, payload as OpenAILiveEvents[typeof name]) },
    )
  }

  /** Does nothing: the microphone is on the connection. */
  handleAudioInput(): void {}

  override sendMessage(message: UserMessage): void {
    this.#open?.conversation.sendMessage(message)
  }

  override interrupt(heard: readonly HeardItem[]): void {
    this.#open?.conversation.interrupt(heard)
  }

  override reply(request: ReplyRequest): void {
    this.#open?.conversation.reply(request)
  }

  override addMessage(role: 'user' | 'agent', text: string): void {
    this.#open?.conversation.addMessage(role, text)
  }

  /**
   * Sends a message of the protocol's that vivavoce has no word for, as it is: such as
   * `{ type: 'session.input_audio.mute' }`. Your server decides which ones a page may send.
   * @returns Whether there is a session to send it to.
   */
  send(event: RawEvent): boolean {
    this.#open?.peer.send(JSON.stringify(event))
    return this.#open !== undefined
  }

  close(): void {
    this.#open?.conversation.end()
    this.#open = undefined
    this.#attempt.abort()
  }
}

interface Answer {
  readonly sdp?: unknown
  readonly sessionId?: string
}

/** Why a session is over. */
function closeError(reason: string): VivaVoceError {
  if (reason === 'content') {
    const message = 'OpenAI ended the session because of what was said.'
    return new ModelError(message, { code: 'model-error', providerCode: reason })
  }
  const asked = reason === 'close_requested'
  return new ConnectionError(`OpenAI ended the session (${reason}).`, {
    code: 'connection-lost',
    retryable: !asked,
  })
}
