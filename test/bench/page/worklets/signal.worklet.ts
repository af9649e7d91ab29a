/*
 * What the synthetic microphone hears.
 */
import type { Signal } from '../signal.ts'

declare const sampleRate: number
declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void

class SignalProcessor extends AudioWorkletProcessor {
  #signal: Signal = { type: 'silence' }
  #frame = 0
  #nextClick = 0

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<Signal>) => {
      this.#signal = data
      this.#frame = 0
      this.#nextClick = 0
    }
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channel = outputs[0]?.[0]
    if (!channel) return true
    const signal = this.#signal
    if (signal.type === 'clicks') this.#click(channel, signal.everyMs, signal.jitterMs)
    for (let i = 0; i < channel.length && signal.type !== 'clicks'; i++) {
      channel[i] = this.#sample(signal, this.#frame + i)
    }
    this.#frame += channel.length
    return true
  }

  #sample(signal: Signal, frame: number): number {
    if (signal.type === 'tone') {
      return signal.amplitude * Math.sin((2 * Math.PI * signal.frequency * frame) / sampleRate)
    }
    // The value tells the time.
    if (signal.type === 'ramp') return Math.min(0.9, (1.8 * frame) / sampleRate / signal.seconds - 0.9)
    return 0
  }

  /** A click is one quantum, 2.7 ms. It is told when it comes into being. */
  #click(channel: Float32Array, everyMs: number, jitterMs: number): void {
    if (this.#frame < this.#nextClick) return
    if (this.#nextClick > 0) {
      channel.fill(0.8)
      this.port.postMessage(Date.now())
    }
    this.#nextClick = this.#frame + ((everyMs + Math.random() * jitterMs) * sampleRate) / 1000
  }
}

registerProcessor('bench-signal', SignalProcessor)
