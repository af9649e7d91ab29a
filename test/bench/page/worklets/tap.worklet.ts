/*
 * Records what passes. It keeps all of it until it is asked, so that it costs a busy page nothing.
 */
declare const currentFrame: number
declare const sampleRate: number
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void

const SECONDS = 8
const LOUD = 1e-3
/** The browser renders some quanta at a time, which takes it less than this, and then waits for longer. */
const BATCH_MS = 4

class Tap extends AudioWorkletProcessor {
  readonly #samples = new Float32Array(SECONDS * sampleRate)
  #first = -1
  #end = 0
  #batchFrame = 0
  #batchMs = 0
  /** The first sound: its frame, and when, by the wall clock, which frame was the first of its batch. */
  readonly #sound = { frame: -1, batchFrame: 0, batchMs: 0 }

  constructor() {
    super()
    this.port.onmessage = () => {
      const samples = this.#samples.slice(0, this.#end)
      this.port.postMessage({ first: this.#first, samples, sound: this.#sound }, [samples.buffer])
    }
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const now = Date.now()
    if (now - this.#batchMs > BATCH_MS) {
      this.#batchMs = now
      this.#batchFrame = currentFrame
    }
    if (this.#first < 0) this.#first = currentFrame
    const at = currentFrame - this.#first
    const end = at + (outputs[0]?.[0]?.length ?? 0)
    if (end > this.#samples.length) return true
    this.#end = end
    // Without an input, and after the last node of an engine is disconnected, there is silence.
    const channel = inputs[0]?.[0]
    if (!channel) return true
    this.#samples.set(channel, at)
    if (this.#sound.frame < 0) this.#listen(channel)
    return true
  }

  #listen(channel: Float32Array): void {
    const loud = channel.findIndex((sample) => Math.abs(sample) > LOUD)
    if (loud < 0) return
    this.#sound.frame = currentFrame + loud
    this.#sound.batchFrame = this.#batchFrame
    this.#sound.batchMs = this.#batchMs
  }
}

registerProcessor('bench-tap', Tap)
