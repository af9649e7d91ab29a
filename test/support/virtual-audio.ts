import type { MessagePortLike, PlaybackInput, PlaybackReport } from '../../src/shared/messages.ts'
import { microphoneFrame } from '../../src/shared/microphone-frame.ts'
import { Player } from '../../src/shared/player.ts'

type Receive = (event: { data: unknown }) => void

/** Two ends of a channel that delivers in order, and not in the middle of the sender's call. */
function channel(): [MessagePortLike, MessagePortLike] {
  const end = (): MessagePortLike & { peer?: MessagePortLike } => ({
    onmessage: null,
    postMessage(message: unknown) {
      const data = structuredClone(message)
      queueMicrotask(() => (this.peer?.onmessage as Receive | null)?.({ data }))
    },
    close() {
      this.onmessage = null
    },
  })
  const [a, b] = [end(), end()]
  a.peer = b
  b.peer = a
  return [a, b]
}

/** A speaker whose audio thread runs when it is told to: the real player behind a port. */
export class VirtualSpeaker {
  readonly port: MessagePortLike
  readonly #player: Player
  readonly #wireRate: number
  readonly #settle: () => Promise<void>
  #loudest = 0
  /** Whether the engine was told something since it last settled. */
  #told = false

  /** @param settle Resolves when the engine has handled what it was told so far. */
  constructor(wireRate: number, settle: () => Promise<void> = settled) {
    const [port, far] = channel()
    this.port = port
    this.#wireRate = wireRate
    this.#settle = settle
    this.#player = new Player(wireRate, wireRate, (type, epoch, itemId, frames) => {
      this.#told = true
      far.postMessage({ type, epoch, itemId, frames } satisfies PlaybackReport)
    })
    far.onmessage = ({ data }: { data: PlaybackInput }) => {
      if (data.type === 'audio') this.#player.write(data.epoch, data.itemId, new Int16Array(data.pcm))
      else if (data.type === 'end') this.#player.end(data.epoch, data.itemId)
      else if (data.type === 'flush') this.#player.flush(data.epoch)
      else if (data.type === 'pause') this.#player.pause()
      else if (data.type === 'duck') this.#player.duck()
      else this.#player.resume()
    }
  }

  /**
   * Plays for a while, and gives the loudest sample of it.
   * @param keepsPace Whether the engine has handled each report before the next, as it has in life.
   */
  async play(ms: number, keepsPace = true): Promise<number> {
    if (keepsPace) await this.#settle()
    this.#loudest = 0
    const output = new Float32Array(Math.round(this.#wireRate / 1000))
    for (let i = 0; i < ms; i++) {
      this.#player.render(output)
      for (const sample of output) this.#loudest = Math.max(this.#loudest, Math.abs(sample))
      // Reports are handled as they come, as they are while a real audio thread runs beside.
      if (keepsPace && i % 10 === 0) await this.#catchUp()
    }
    if (keepsPace) await this.#settle()
    else await this.#catchUp()
    return this.#loudest
  }

  async #catchUp(): Promise<void> {
    if (!this.#told) return
    this.#told = false
    await this.#settle()
  }
}

/** A microphone that gives a frame when it is told to. */
export class VirtualMicrophone {
  readonly port: MessagePortLike
  readonly #far: MessagePortLike
  #sequence = 0
  returned = 0

  constructor() {
    ;[this.port, this.#far] = channel()
    this.#far.onmessage = () => this.returned++
  }

  /** Captures a frame in which every sample is `value`. */
  capture(value: number, { speech: speaking = false } = {}): void {
    const { buffer, samples, header } = microphoneFrame(480)
    samples.fill(value)
    header[0] = this.#sequence++
    header[3] = speaking ? 1 : 0
    this.#far.postMessage(buffer)
  }
}

/** Resolves when all that has been posted so far was handled. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}
