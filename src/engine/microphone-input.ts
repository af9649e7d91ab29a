import type { EchoReport, MessagePortLike } from '../shared/messages.ts'
import { microphoneFrame, type MicrophoneFrame } from '../shared/microphone-frame.ts'

/** 10 s of 20 ms frames. */
const BACKLOG_FRAMES = 500
/** A backlog is sent at ten times its own pace: fast enough to catch up, slow enough for a socket. */
const FRAMES_PER_ARRIVAL = 10

/** What a {@link MicrophoneInput} gives. */
export interface MicrophoneInputListener {
  /** A frame's samples, for the model. They are valid until the call returns. */
  onFrame(samples: Int16Array): void
  /** The user began to speak, or stopped, by the microphone's own judgement. */
  onSpeech(speaking: boolean): void
  onEcho(report: EchoReport): void
}

/**
 * Takes microphone frames from the audio thread and gives them to the model. While there is no model,
 * the latest are kept: what the user says from the click on is heard.
 */
export class MicrophoneInput {
  readonly #listener: MicrophoneInputListener
  readonly #backlog: MicrophoneFrame[] = []
  /** Whether frames are kept although there is a model. */
  held = false
  #port: MessagePortLike | undefined
  #open = false
  #speaking = false

  constructor(listener: MicrophoneInputListener) {
    this.#listener = listener
  }

  attach(port: MessagePortLike): void {
    this.#port = port
    port.onmessage = ({ data }: { data: ArrayBuffer | EchoReport }) => {
      if (data instanceof ArrayBuffer) this.#take(microphoneFrame(data))
      else this.#listener.onEcho(data)
    }
  }

  /** From now on frames go to the model, what was kept first. */
  open(): void {
    this.#open = true
  }

  /** From now on frames are kept, until there is a model again. */
  hold(): void {
    this.#open = false
  }

  /** Forgets what was kept, and the port. */
  close(): void {
    this.hold()
    this.#speaking = this.held = false
    this.#backlog.length = 0
    this.#port?.close()
    this.#port = undefined
  }

  #take(frame: MicrophoneFrame): void {
    const speaking = frame.header[3] === 1
    if (speaking !== this.#speaking) this.#listener.onSpeech((this.#speaking = speaking))
    this.#backlog.push(frame)
    const open = this.#open && !this.held
    const leaving = open ? FRAMES_PER_ARRIVAL : Math.max(0, this.#backlog.length - BACKLOG_FRAMES)
    for (const { samples, buffer } of this.#backlog.splice(0, leaving)) {
      if (open) this.#listener.onFrame(samples)
      this.#port?.postMessage(buffer, [buffer])
    }
  }
}
