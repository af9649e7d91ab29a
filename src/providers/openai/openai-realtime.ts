import { isVivaVoceError } from '../../core/errors.ts'
import { connectionError, openWebSocket, type SocketConnection } from '../../transport/web-socket.ts'
import { obtainToken } from '../credential.ts'
import {
  type HeardItem,
  type ModelCapabilities,
  type ModelSession,
  RealtimeModel,
  type UserMessage,
} from '../model.ts'
import { Conversation, type ConversationHost } from './conversation.ts'
import { decode, malformed } from './decode.ts'
import { appendAudio, endpoint, sessionUpdate } from './encode.ts'
import { closeError, modelError } from './failures.ts'
import { checkOptions, type OpenAIRealtimeOptions } from './options.ts'
import { subprotocols } from './token.ts'
import type { ClientEvent, ServerEvent } from './wire.ts'

/** A second of audio on the wire: 24 000 samples of 2 bytes, in base64. */
const MAX_BUFFERED_BYTES = 64_000

/**
 * OpenAI's Realtime API, over a WebSocket.
 *
 * `connect` rejects with an `AuthError`, a `ConnectionError` or a `ModelError`.
 */
export class OpenAIRealtime extends RealtimeModel {
  readonly capabilities: ModelCapabilities = {
    inputRate: 24_000,
    outputRate: 24_000,
    turnEvents: true,
    truncation: 'client',
    textInput: true,
    tools: true,
  }
  readonly #options: OpenAIRealtimeOptions
  readonly #url: string
  #attempt = new AbortController()
  #open: Open | undefined
  #droppedFrames = 0

  /** Throws an `OptionError` for an option that is wrong or not supported. */
  constructor(options: OpenAIRealtimeOptions) {
    super()
    checkOptions(options)
    this.#options = { ...options }
    this.#url = endpoint(options)
  }

  /** Microphone frames that were dropped because the network did not keep up, so far. */
  get droppedFrames(): number {
    return this.#droppedFrames
  }

  async connect(session: ModelSession): Promise<void> {
    this.close()
    session.signal.throwIfAborted()
    const {
      auth,
      turnDetection,
      dangerouslyAllowBrowserKey,
      connectTimeoutMs: timeoutMs = 10_000,
    } = this.#options
    const attempt = (this.#attempt = new AbortController())
    const { signal } = attempt
    // The one way in which an attempt fails: it silences the socket too, opened or not.
    const fail = (error: unknown): void => attempt.abort(error)
    const emit: ConversationHost['emit'] = (event, payload) => this.emit(event, payload)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        fail(connectionError(this.#url, 'connection-timeout', `did not answer within ${timeoutMs} ms`))
      }, timeoutMs)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
      session.signal.addEventListener('abort', () => fail(session.signal.reason), { signal })
      let conversation: Conversation | undefined

      const receive = (event: ServerEvent, socket: SocketConnection): void => {
        const send = (event: ClientEvent): void => socket.send(JSON.stringify(event))
        if (conversation) return conversation.receive(event)
        if (event.type === 'session.created') send(sessionUpdate(this.#options, session))
        if (event.type === 'error') fail(modelError(event.error))
        if (event.type === 'session.updated') {
          conversation = new Conversation({ ...turnDetection, session, send, emit })
          this.#open = { socket, conversation }
          clearTimeout(timer)
          resolve()
        }
      }
      const open = async (): Promise<void> => {
        const protocols = subprotocols(await obtainToken(auth), dangerouslyAllowBrowserKey)
        await openWebSocket(this.#url, {
          protocols,
          signal,
          timeoutMs,
          onMessage(data, socket) {
            try {
              receive(decode(data), socket)
            } catch (error) {
              emit('error', isVivaVoceError(error) ? error : malformed(undefined, error))
            }
          },
          onClose: ({ code, reason }) => {
            const error = closeError(this.#url, code, reason)
            if (conversation) emit('closed', error)
            else fail(error)
          },
        })
      }
      open().catch(fail)
    })
  }

  handleAudioInput(frame: Int16Array): void {
    const socket = this.#open?.socket
    if (socket && socket.bufferedAmount > MAX_BUFFERED_BYTES) this.#droppedFrames++
    else socket?.send(appendAudio(frame))
  }

  override sendMessage({ text }: UserMessage): void {
    this.#open?.conversation.sendMessage(text)
  }

  override interrupt(heard: readonly HeardItem[]): void {
    this.#open?.conversation.interrupt(heard)
  }

  close(): void {
    this.#open = undefined
    this.#attempt.abort()
  }
}

interface Open {
  readonly socket: SocketConnection
  readonly conversation: Conversation
}
