import type { ConversationHost } from './conversation-host.ts'
import { deleteItem } from './encode.ts'
import { SAMPLES_PER_MS } from './memory.ts'

/** OpenAI refuses to take a turn that is shorter. */
const MIN_TURN_MS = 100

/** See {@link UserTurn.mark}. */
export const COMMITTED = 1
/** See {@link UserTurn.mark}. */
export const REJECTED = 2

/** What the user says where the application says when (push-to-talk), or whether it was said at all. */
export class UserTurn {
  readonly #host: Pick<ConversationHost, 'send' | 'options' | 'traits'>
  /** Items on which it is to be decided. */
  readonly undecided: string[] = []
  readonly #marks = new Map<string, number>()
  #turn: { readonly startedAt: number; samples: number } | undefined

  constructor(host: Pick<ConversationHost, 'send' | 'options' | 'traits'>) {
    this.#host = host
  }

  start(): void {
    this.#turn = { startedAt: performance.now(), samples: 0 }
    this.#host.send({ type: 'input_audio_buffer.clear' })
  }

  /** Returns whether there was enough to be answered; `undefined` if there was no turn. */
  end(): boolean | undefined {
    const { send, traits } = this.#host
    const turn = this.#turn
    if (!turn) return undefined
    this.#turn = undefined
    // What a track carries cannot be counted here.
    const ms = traits.media === 'track' ? performance.now() - turn.startedAt : turn.samples / SAMPLES_PER_MS
    const isEnough = ms >= MIN_TURN_MS
    send({ type: isEnough ? 'input_audio_buffer.commit' : 'input_audio_buffer.clear' })
    return isEnough
  }

  /** OpenAI has taken an item into the conversation, or it is rejected: if it is both, it is deleted. */
  mark(itemId: string, mark: typeof COMMITTED | typeof REJECTED): void {
    const marks = (this.#marks.get(itemId) ?? 0) | mark
    this.#marks.set(itemId, marks)
    if (marks === (COMMITTED | REJECTED)) this.#host.send(deleteItem(itemId))
  }

  /** Whether a frame is for the model; if so, it counts. */
  takes(frame: Int16Array): boolean {
    if (this.#turn) this.#turn.samples += frame.length
    return this.#turn !== undefined || this.#host.options.turnDetection !== null
  }
}
