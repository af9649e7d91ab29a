import { ConnectionError, isVivaVoceError, messageOf, type VivaVoceError } from '../../core/errors.ts'
import { connectionError } from '../../transport/web-socket.ts'
import { instructionOf } from '../instruction.ts'
import {
  type HeardItem,
  type ModelCapabilities,
  type ModelSession,
  RealtimeModel,
  type ReplyRequest,
  type UserMessage,
} from '../model.ts'
import { type EventSocket, type EventSocketOptions, openAwsSocket } from './aws-socket.ts'
import { openBridgeSocket } from './bridge-socket.ts'
import { obtainCredentials } from './credentials.ts'
import { closingOf, openingOf, textOf, toolResultOf } from './encode.ts'
import { checkOptions, defaultModel, type NovaSonicRealtimeOptions } from './options.ts'
import { Turns } from './turns.ts'
import { UserVoice } from './user-voice.ts'
import { VoiceSender } from './voice-sender.ts'
import type { ClientEvent } from './wire.ts'

/** How long AWS lets a stream live. */
const LIFE_MS = 480_000
/** From when on a quiet moment is looked for. */
const ROTATE_AFTER_MS = 360_000
/** From then on there is none to be waited for. */
const ROTATE_AT_LAST_MS = 450_000
const QUIET_INTERVAL_MS = 5000

/** An open stream. */
interface Stream {
  readonly socket: EventSocket
  readonly promptName: string
  readonly turns: Turns
  readonly voice: VoiceSender
}

/**
 * Amazon Nova 2 Sonic, over a WebSocket straight to AWS, or over a bridge of yours.
 *
 * `connect` rejects with an `AuthError`, a `ConnectionError` or an `OptionError`. What AWS refuses
 * afterwards is `closed`, with a `ModelError` whose `providerCode` is the exception's name.
 */
export class NovaSonicRealtime extends RealtimeModel {
  readonly capabilities: ModelCapabilities
  readonly #options: NovaSonicRealtimeOptions
  readonly #userVoice = new UserVoice()
  #life = new AbortController()
  #stream: Stream | undefined
  #openedAt = Infinity
  #droppedFrames = 0

  /** Throws an `OptionError` for an option that is wrong or not supported. */
  constructor(options: NovaSonicRealtimeOptions) {
    super()
    checkOptions(options)
    this.#options = { ...options }
    // Another class's methods would be missing there.
    if (new.target === NovaSonicRealtime) this.recipe = { name: 'NovaSonicRealtime', options }
    this.capabilities = {
      inputRate: 16_000,
      outputRate: options.outputRate ?? 24_000,
      textInput: true,
      tools: true,
      finalWhenHeard: true,
      reply: true,
      resume: 'replay',
      maxConnectionMs: LIFE_MS,
    }
  }

  /** Microphone frames of 32 ms that were dropped because the network did not keep up, so far. */
  get droppedFrames(): number {
    return this.#droppedFrames
  }

  async connect(session: ModelSession): Promise<void> {
    this.close()
    session.signal.throwIfAborted()
    if (session.history.length === 0) this.#userVoice.clear()
    const life = (this.#life = new AbortController())
    const { signal } = life
    const { connectTimeoutMs = 10_000 } = this.#options
    session.signal.addEventListener('abort', () => life.abort(session.signal.reason), { signal })
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const text = `Nova Sonic did not answer within ${connectTimeoutMs} ms.`
        life.abort(new ConnectionError(text, { code: 'connection-timeout', retryable: true }))
      }, connectTimeoutMs)
      // First of those who listen: the socket ends with the same signal.
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        this.#end()
        reject(signal.reason)
      })
      this.#open(session, life).then(
        () => {
          clearTimeout(timer)
          resolve()
        },
        (error: unknown) => life.abort(error),
      )
    })
  }

  handleAudioInput(frame: Int16Array): void {
    this.#userVoice.write(frame, (content) => this.#stream?.voice.send(content))
    this.#lookForQuiet()
  }

  override sendMessage({ text }: UserMessage): void {
    this.#ask(text)
  }

  override reply({ replyId, ...wanted }: ReplyRequest): void {
    this.#ask(instructionOf(wanted), { replyId })
  }

  override interrupt(heard: readonly HeardItem[]): void {
    this.#stream?.turns.interrupt(heard)
  }

  close(): void {
    this.#life.abort(new ConnectionError('The stream was closed.', { code: 'connection-lost' }))
  }

  #ask(text: string, reply?: Pick<ReplyRequest, 'replyId'>): void {
    const stream = this.#stream
    if (!stream) return
    const events = textOf(stream.promptName, 'USER', text, true)
    stream.turns.asked(reply)
    events.forEach((event) => stream.socket.send(event))
  }

  async #open(session: ModelSession, life: AbortController): Promise<void> {
    const { signal } = life
    const promptName = crypto.randomUUID()
    const opening = openingOf(this.#options, session, promptName)
    let isOpen = false
    const lost = (error: VivaVoceError): void => {
      if (signal.aborted) return
      this.#stream?.turns.close()
      this.#stream = undefined
      life.abort(error)
      if (isOpen) this.emit('closed', error)
    }
    const send = (event: ClientEvent): void => this.#stream?.socket.send(event)
    const turns = new Turns({
      session,
      emit: (event, payload) => this.emit(event, payload),
      answer: (id, output) => {
        if (!signal.aborted) toolResultOf(promptName, id, output).forEach(send)
      },
      onUnderstood: () => this.#userVoice.understood(),
    })
    const socket = await this.#openSocket({
      signal,
      timeoutMs: this.#options.connectTimeoutMs ?? 10_000,
      onEvent: (event) => {
        if (signal.aborted) return
        try {
          turns.receive(event)
        } catch (cause) {
          const text = `Nova Sonic sent an event that cannot be used: ${messageOf(cause)}`
          this.emit('error', new ConnectionError(text, { code: 'message-malformed' }))
        }
      },
      // What comes after it is the end.
      onException: lost,
      onMalformed: (error) => this.emit('error', error),
      onClose: lost,
    })
    signal.throwIfAborted()
    isOpen = true
    const voice = new VoiceSender({
      socket,
      promptName,
      signal,
      onDrop: () => this.#droppedFrames++,
      onStuck: () => lost(connectionError('Nova Sonic', 'connection-lost', 'takes nothing any more')),
    })
    this.#stream = { socket, promptName, turns, voice }
    opening.forEach(send)
    if (session.answerDue) turns.asked()
    for (const content of this.#userVoice.unanswered) voice.resend(content)
    this.#expectExpiry(signal)
  }

  async #openSocket(options: EventSocketOptions): Promise<EventSocket> {
    const { signal } = options
    if (this.#options.transport === 'bridge') {
      return openBridgeSocket({ ...options, url: this.#options.url })
    }
    const { auth, region, model: modelId = defaultModel, url, dangerouslyAllowBrowserKey } = this.#options
    const credentials = await obtainCredentials(auth, { dangerouslyAllowBrowserKey })
    signal.throwIfAborted()
    try {
      return await openAwsSocket({ ...options, region, modelId, url, credentials })
    } catch (error) {
      if (!isVivaVoceError(error) || error.code !== 'connection-refused') throw error
      // A page is not told why.
      const check = 'check the credentials, the region, the access to the model, and the clock'
      const { code, retryable } = error
      throw new ConnectionError(`${error.message.slice(0, -1)}: ${check}.`, { code, retryable, cause: error })
    }
  }

  /** Ends the stream in order. */
  #end(): void {
    const stream = this.#stream
    this.#stream = undefined
    if (!stream) return
    const { socket, promptName, turns } = stream
    turns.close()
    for (const event of closingOf(promptName)) socket.send(event)
    socket.close()
  }

  #expectExpiry(signal: AbortSignal): void {
    this.#openedAt = performance.now()
    const timer = setInterval(() => this.#lookForQuiet(), QUIET_INTERVAL_MS)
    signal.addEventListener('abort', () => {
      clearInterval(timer)
      this.#openedAt = Infinity
    })
  }

  /** Asks for another connection as soon as the user says nothing, and at last whatever happens. */
  #lookForQuiet(): void {
    const age = performance.now() - this.#openedAt
    if (!(age > (this.#userVoice.speaking ? ROTATE_AT_LAST_MS : ROTATE_AFTER_MS))) return
    this.#openedAt = Infinity
    this.emit('expiring', { inMs: Math.max(0, LIFE_MS - age) })
  }
}
