import { CaptureEndpoint, type MakeEars } from '../src/shared/capture-endpoint.ts'
import type { CaptureCommand, CaptureOptions } from '../src/shared/messages.ts'

/**
 * Registers the microphone's side of the audio thread.
 *
 * Real-time contract: `process` makes no object (see `CaptureEndpoint`).
 */
export function registerCapture(makeEars?: MakeEars): void {
  class CaptureProcessor extends AudioWorkletProcessor {
    readonly #endpoint: CaptureEndpoint

    constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
      super()
      this.#endpoint = new CaptureEndpoint(this.port, processorOptions, sampleRate, makeEars)
      this.port.onmessage = ({ data }: { data: CaptureCommand }) => this.#endpoint.take(data)
    }

    process(inputs: Float32Array[][]): boolean {
      const channels = inputs[0]
      if (channels) this.#endpoint.write(channels, sampleRate, currentTime)
      return true
    }
  }
  registerProcessor('vivavoce-capture', CaptureProcessor)
}
