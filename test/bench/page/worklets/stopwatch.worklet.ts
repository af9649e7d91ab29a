/*
 * Loaded before an engine's worklet, it takes the time of the engine's processor from within: asked to,
 * it calls `process` many times over between two quanta.
 */
import type { StopwatchOrder, StopwatchReading } from '../stopwatch.ts'

interface Processor {
  readonly port: MessagePort
  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: unknown): boolean
}

declare class AudioWorkletProcessor {
  readonly port: MessagePort
}
declare let registerProcessor: (
  name: string,
  processor: new (options: object) => AudioWorkletProcessor,
) => void

const FRAMES = 128
/** Between two bursts the page takes, and returns, what was posted. */
const PAUSE_MS = 20

let order: StopwatchOrder | undefined
let lastBurstAt = 0
const reading: { quanta: number; ms: number } = { quanta: 0, ms: 0 }

const inputs = [[Float32Array.from({ length: FRAMES }, () => Math.random() - 0.5)]]
const outputs = [[new Float32Array(FRAMES)]]

const register = registerProcessor
Reflect.set(globalThis, 'registerProcessor', (name: string, Base: new (options: object) => Processor) => {
  class Timed extends Base {
    override process(...quantum: Parameters<Processor['process']>): boolean {
      const due = order && order.bursts > 0 && Date.now() - lastBurstAt > PAUSE_MS
      if (order && due) this.#burst(order, quantum[2])
      return super.process(...quantum)
    }

    #burst({ quanta, bursts }: StopwatchOrder, parameters: unknown): void {
      const startedAt = Date.now()
      for (let i = 0; i < quanta; i++) super.process(inputs, outputs, parameters)
      lastBurstAt = Date.now()
      reading.ms += lastBurstAt - startedAt
      reading.quanta += quanta
      order = { quanta, bursts: bursts - 1 }
    }
  }
  register(name, Timed)
})

class Stopwatch extends AudioWorkletProcessor {
  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<StopwatchOrder | null>) => {
      if (data === null) return this.port.postMessage(reading satisfies StopwatchReading)
      order = data
      reading.ms = 0
      reading.quanta = 0
    }
  }

  process(): boolean {
    return true
  }
}

register('bench-stopwatch', Stopwatch)
