import type { ClientError } from './client-error.ts'
import { SimulatedResponse, type CancelReason, type ResponseRequest } from './response.ts'

/** The responses of a session: one at a time in the conversation, any number beside it. */
export class Responses {
  #active: SimulatedResponse | undefined
  #ending = false
  #waiting: ResponseRequest | undefined
  readonly #following: ResponseRequest[] = []
  readonly #outOfBand = new Set<SimulatedResponse>()
  readonly #ended: (response: SimulatedResponse) => void

  /** `ended` is told of every response that is over, when the next one may begin. */
  constructor(ended: (response: SimulatedResponse) => void) {
    this.#ended = ended
  }

  /** Whether a response of the conversation is under way. */
  get busy(): boolean {
    return this.#active !== undefined
  }

  /** Begins a response that a client asked for; gives what is wrong with that. */
  create(request: ResponseRequest): ClientError | undefined {
    if (request.conversation && this.#active) return alreadyActive(this.#active)
    this.#run(request)
    return undefined
  }

  /** Answers a turn that was detected, as soon as the response that it interrupted has ended. */
  answerTurn(request: ResponseRequest): ClientError | undefined {
    if (this.#active && this.#ending) this.#waiting = request
    else return this.create(request)
    return undefined
  }

  /** Begins a response as soon as no other one is under way. */
  follow(request: ResponseRequest): void {
    if (this.#active) this.#following.push(request)
    else this.#run(request)
  }

  /** The user speaks. */
  interrupt(): void {
    this.#waiting = undefined
    this.#cancelActive('turn_detected')
  }

  /** Cancels what a client wants to be cancelled; gives what is wrong with that. */
  cancel(responseId: string | undefined): ClientError | undefined {
    const beside = [...this.#outOfBand].find(({ id }) => id === responseId)
    if (beside) {
      beside.cancel('client_cancelled')
      return undefined
    }
    if (this.#active && (responseId === undefined || responseId === this.#active.id)) {
      this.#cancelActive('client_cancelled')
      return undefined
    }
    return {
      code: 'response_cancel_not_active',
      message: 'Cancellation failed: no active response found',
      param: null,
    }
  }

  #cancelActive(reason: CancelReason): void {
    if (!this.#active) return
    this.#ending = true
    this.#active.cancel(reason)
  }

  #run(request: ResponseRequest): void {
    const response = new SimulatedResponse(request)
    if (request.conversation) {
      this.#active = response
      this.#ending = false
    } else {
      this.#outOfBand.add(response)
    }
    void response.run().then(() => {
      this.#outOfBand.delete(response)
      if (this.#active === response) {
        this.#active = undefined
        const waiting = this.#waiting ?? this.#following.shift()
        this.#waiting = undefined
        if (waiting) this.#run(waiting)
      }
      this.#ended(response)
    })
  }
}

function alreadyActive({ id }: SimulatedResponse): ClientError {
  const message = `Conversation already has an active response in progress: ${id}. Wait until the response is finished before creating a new one.`
  return { code: 'conversation_already_has_active_response', message, param: null }
}
