import type { ConversationHost } from './conversation-host.ts'
import { SAMPLES_PER_MS } from './memory.ts'

/** OpenAI refuses to take a turn that is shorter. */
const MIN_TURN_MS = 100

/** What the user says where the application says when: push-to-talk. */
export class UserTurn {
  readonly #host: Pick<ConversationHost, 'send' | 'options' | 'traits'>
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

  /** Whether a frame is for the model; if so, it counts. */
  takes(frame: Int16Array): boolean {
    if (this.#turn) this.#turn.samples += frame.length
    return this.#turn !== undefined || this.#host.options.turnDetection !== null
  }
}
