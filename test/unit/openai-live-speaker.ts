import type { MessagePortLike, PlaybackInput, PlaybackReport } from '../../src/shared/messages.ts'
import { VoiceGate } from '../../src/shared/voice-gate.ts'

const WIRE_RATE = 24_000

/** The speaker's real gate behind a port; its audio thread runs when it is told to. */
export class GateSpeaker {
  readonly port: MessagePortLike
  readonly #gate: VoiceGate

  /** @param contextRate Rate of what is rendered, Hz. */
  constructor(contextRate: number) {
    const port: MessagePortLike = {
      onmessage: null,
      postMessage: (message: unknown) => this.#take(message as PlaybackInput),
      close: () => {
        port.onmessage = null
      },
    }
    this.port = port
    this.#gate = new VoiceGate(WIRE_RATE, contextRate, (type, epoch, itemId, frames) => {
      const data: PlaybackReport = { type, epoch, itemId, frames }
      queueMicrotask(() => (port.onmessage as ((event: { data: PlaybackReport }) => void) | null)?.({ data }))
    })
  }

  /** Gives what passes of the voice on the track. */
  render(voice: Float32Array): Float32Array {
    const output = voice.slice()
    this.#gate.render(output, voice)
    return output
  }

  #take(message: PlaybackInput): void {
    if (message.type === 'play') this.#gate.play(message.epoch, message.itemId)
    else if (message.type === 'end') this.#gate.end(message.epoch, message.itemId)
    else if (message.type === 'flush') this.#gate.flush(message.epoch)
  }
}
