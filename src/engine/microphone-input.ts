import type { MessagePortLike } from '../shared/messages.ts'
import { microphoneFrame, type MicrophoneFrame } from '../shared/microphone-frame.ts'

/** 10 s of 20 ms frames. */
const BACKLOG_FRAMES = 500
/** A backlog is sent at ten times its own pace: fast enough to catch up, slow enough for a socket. */
const FRAMES_PER_ARRIVAL = 10

/**
 * Takes microphone frames from the audio thread and gives them to the model. While there is no model,
 * the latest are kept: what the user says from the click on is heard.
 */
export class MicrophoneInput {
  readonly #deliver: (samples: Int16Array) => void
  readonly #backlog: MicrophoneFrame[] = []
  #port: MessagePortLike | undefined
  #open = false

  /** @param deliver Takes a frame's samples, and leaves them when it returns. */
  constructor(deliver: (samples: Int16Array) => void) {
    this.#deliver = deliver
  }

  attach(port: MessagePortLike): void {
    this.#port = port
    port.onmessage = ({ data }: { data: ArrayBuffer }) => this.#take(microphoneFrame(data))
  }

  /** From now on frames go to the model, what was kept first. */
  open(): void {
    this.#open = true
  }

  /** Forgets what was kept, and the port. */
  close(): void {
    this.#open = false
    this.#backlog.length = 0
    this.#port?.close()
    this.#port = undefined
  }

  #take(frame: MicrophoneFrame): void {
    this.#backlog.push(frame)
    if (this.#open) {
      for (let i = 0; i < FRAMES_PER_ARRIVAL; i++) {
        const next = this.#backlog.shift()
        if (!next) return
        this.#deliver(next.samples)
        this.#recycle(next)
      }
    } else if (this.#backlog.length > BACKLOG_FRAMES) {
      const oldest = this.#backlog.shift()
      if (oldest) this.#recycle(oldest)
    }
  }

  #recycle({ buffer }: MicrophoneFrame): void {
    this.#port?.postMessage(buffer, [buffer])
  }
}
