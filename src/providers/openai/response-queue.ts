import { createResponse } from './encode.ts'
import type { ClientEvent, WireResponse } from './wire.ts'

/**
 * Asks for answers, one at a time: OpenAI refuses `response.create` while it answers, and says only
 * afterwards that an answer began. Requests that wait are one request, since one answer serves them all.
 */
export class ResponseQueue {
  readonly #send: (event: ClientEvent) => void
  readonly #metadata: boolean
  #count = 0
  #wanted = false
  /** The last request, until OpenAI says what becomes of it. */
  #sent: string | undefined
  /** The answer that OpenAI is making. */
  #active: string | undefined
  /** Whether OpenAI is about to answer by itself. */
  #expected = false
  /** The request whose answer nobody wants any more. */
  #unwanted: string | undefined
  /** Whether nobody wants the next answer that does not say whose it is. */
  #nextUnwanted = false

  /** @param metadata Whether the metadata of a request comes back in its answer. */
  constructor(send: (event: ClientEvent) => void, metadata = true) {
    this.#send = send
    this.#metadata = metadata
  }

  /** Asks for an answer as soon as that is possible. */
  request(): void {
    this.#wanted = true
    this.#advance()
  }

  /** OpenAI will answer by itself, what the user just said. */
  expect(): void {
    this.#expected = true
    this.#nextUnwanted = false
  }

  /** Forgets requests that wait; an answer that is on its way will be unwanted. */
  drop(): void {
    this.#wanted = false
    this.#nextUnwanted = this.#expected || this.#sent !== undefined
    this.#unwanted = this.#sent
  }

  /** An answer began. Returns whether it is wanted. */
  created({ id, metadata }: WireResponse): boolean {
    const createId = metadata?.create_id
    const wanted = createId ? createId !== this.#unwanted : !this.#nextUnwanted
    // What OpenAI says by itself is no answer to a request, which will have an answer or an error too.
    if (createId || !this.#expected) this.#sent = undefined
    this.#expected = this.#nextUnwanted = false
    this.#active = id
    return wanted
  }

  /** An answer ended. */
  done(id: string): void {
    if (id !== this.#active) return
    this.#active = undefined
    this.#advance()
  }

  /**
   * A message failed. Returns whether an answer is lost with it: not if nobody wants that any more, or if
   * it will be asked for again, because OpenAI had begun an answer of its own. `undefined` if the message
   * was no request.
   */
  failed(eventId: string, code: string): boolean | undefined {
    if (eventId !== this.#sent) return undefined
    this.#sent = undefined
    const unwanted = eventId === this.#unwanted
    const overtaken = code === 'conversation_already_has_active_response' && this.#active !== undefined
    if (overtaken && !unwanted) this.#wanted = true
    this.#advance()
    return !overtaken && !unwanted
  }

  #advance(): void {
    if (!this.#wanted || this.#sent !== undefined || this.#active !== undefined) return
    this.#wanted = false
    this.#sent = `create_${++this.#count}`
    this.#send(createResponse(this.#sent, this.#metadata))
  }
}
