import { createResponse } from './encode.ts'
import type { ClientEvent, WireResponse, WireResponseRequest } from './wire.ts'

/** What is asked for. */
export interface QueuedRequest {
  /** Of a `reply`: it has an answer of its own. */
  readonly replyId?: string
  /** What that is to be, made when it is asked for: the agent may be another one by then. */
  readonly response?: () => WireResponseRequest
}

/** What an answer is to whoever asked. */
export interface QueuedAnswer {
  readonly wanted: boolean
  readonly replyId: string | undefined
}

/** An answer to all that was said: one serves whoever waits for it. */
const plain: QueuedRequest = {}

/**
 * Asks for answers, one at a time: OpenAI refuses `response.create` while it answers, and says only
 * afterwards that an answer began. Plain requests that wait are one request, since one answer serves them
 * all.
 */
export class ResponseQueue {
  readonly #send: (event: ClientEvent) => void
  readonly #metadata: boolean
  /** Whether the user is speaking, or has, and it is not decided what comes of it. */
  held = false
  /** How often the application has interrupted. */
  drops = 0
  #count = 0
  #waiting: QueuedRequest[] = []
  /** Whether there is something to be told that no answer knows of yet. */
  #due = false
  /** The last request, until OpenAI says what becomes of it. */
  #sent: { readonly id: string; readonly request: QueuedRequest } | undefined
  /** The answer that OpenAI is making. */
  #active: string | undefined
  /** Whether OpenAI is about to answer by itself. */
  #expected = false
  /** The request whose answer nobody wants any more. */
  #unwanted: string | undefined
  /** Whether nobody wants the next answer that does not say whose it is. */
  #nextUnwanted = false
  /** Whether answers say whose they are, as one has shown. */
  #echoes = false

  /** @param metadata Whether the metadata of a request comes back in its answer. */
  constructor(send: (event: ClientEvent) => void, metadata = true) {
    this.#send = send
    this.#metadata = metadata
  }

  /** Asks for an answer as soon as that is possible. */
  request(request: QueuedRequest = plain): void {
    if (!this.#waiting.includes(request)) this.#waiting.push(request)
    this.#advance()
  }

  /** Asks for an answer when there is nothing else to be said, unless another one comes before. */
  requestLater(): void {
    this.#due = true
    this.#advance()
  }

  /** The user's turn is over. */
  release(): void {
    this.held = false
    this.#advance()
  }

  /** OpenAI will answer by itself, what the user just said. */
  expect(): void {
    this.#expected = true
    this.#nextUnwanted = false
  }

  /**
   * Forgets requests that wait; an answer that is on its way will be unwanted.
   * @param bySpeech What the user says need not be about what is to be told later.
   */
  drop(bySpeech = false): void {
    if (!bySpeech) {
      this.drops++
      this.#due = false
    }
    this.#waiting = []
    this.#nextUnwanted = this.#expected || this.#sent !== undefined
    this.#unwanted = this.#sent?.id
  }

  /** An answer began. */
  created({ id, metadata }: WireResponse): QueuedAnswer {
    const createId = metadata?.create_id
    const wanted = createId ? createId !== this.#unwanted : !this.#nextUnwanted
    let replyId: string | undefined
    // What OpenAI says by itself is no answer to a request, which will have an answer or an error too.
    if (createId || !(this.#expected || this.#echoes)) {
      replyId = this.#sent?.request.replyId
      this.#sent = undefined
    }
    this.#echoes ||= !!createId
    this.#due &&= !wanted || replyId !== undefined
    this.#expected = this.#nextUnwanted = false
    this.#active = id
    return { wanted, replyId }
  }

  /** An answer ended. */
  done(id: string): void {
    if (id !== this.#active) return
    this.#active = undefined
    this.#advance()
  }

  /**
   * A message failed. Returns the request whose answer is lost with it; `false` if none is, because nobody
   * wants that any more, or because it will be asked for again, since OpenAI had begun an answer of its own;
   * `undefined` if the message was no request.
   */
  failed(eventId: string, code: string): QueuedRequest | false | undefined {
    const isActive = code === 'conversation_already_has_active_response'
    if (isActive && !eventId) {
      // OpenAI was about to answer by itself what the user said, and found one of ours under way.
      this.#expected = false
      this.request()
      return false
    }
    if (eventId !== this.#sent?.id) return undefined
    const { request } = this.#sent
    this.#sent = undefined
    this.#nextUnwanted &&= this.#expected
    const unwanted = eventId === this.#unwanted
    const begun = this.#active !== undefined || this.#expected
    const overtaken = isActive && begun
    if (overtaken && !unwanted && !this.#waiting.includes(request)) this.#waiting.unshift(request)
    // What has overtaken it may not have said so yet; its end will come.
    if (!overtaken) this.#advance()
    return !overtaken && !unwanted && request
  }

  #advance(): void {
    if (this.#sent || this.#active !== undefined) return
    const isDue = this.#due && !this.#expected && !this.held
    const request = this.#waiting.shift() ?? (isDue ? plain : undefined)
    if (!request) return
    this.#due &&= request !== plain
    const id = `create_${++this.#count}`
    this.#sent = { id, request }
    this.#send(createResponse(id, this.#metadata, request.response?.()))
  }
}
