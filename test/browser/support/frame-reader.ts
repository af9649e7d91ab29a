import type { Microphone } from '../../../src/audio/microphone.ts'
import { WIRE_RATE } from './opened-microphone.ts'
import { microphoneFrame, type MicrophoneFrame } from '../../../src/shared/microphone-frame.ts'

/** Takes a microphone's frames as the engine does, and sends their buffers back. */
export class FrameReader {
  /** Every frame that has come. */
  readonly all: MicrophoneFrame[] = []
  #read = 0
  #arrived = (): void => {}

  constructor(microphone: Microphone) {
    const port = microphone.connect(WIRE_RATE)
    port.onmessage = ({ data }: MessageEvent<ArrayBuffer | object>) => {
      // The engine's port carries other reports too.
      if (!(data instanceof ArrayBuffer)) return
      this.all.push(microphoneFrame(data.slice(0)))
      port.postMessage(data, [data])
      this.#arrived()
    }
  }

  /** The numbers of all frames, less that of the first: 0, 1, 2… if none is missing. */
  get numbers(): number[] {
    const first = this.all[0]?.header[0] ?? 0
    return this.all.map(({ header }) => (header[0] ?? 0) - first)
  }

  /** The next frames. */
  async take(count: number): Promise<MicrophoneFrame[]> {
    while (this.all.length < this.#read + count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
    this.#read += count
    return this.all.slice(this.#read - count, this.#read)
  }

  /** Takes frames up to the first that passes `test`. */
  async until(test: (frame: MicrophoneFrame) => boolean): Promise<void> {
    while (!(await this.take(1)).every(test));
  }

  /** Takes all that have come. */
  skip(): void {
    this.#read = this.all.length
  }
}

export function isLoud({ header }: MicrophoneFrame): boolean {
  return (header[1] ?? 0) > 0.3
}

export function isSilent({ samples }: MicrophoneFrame): boolean {
  return samples.every((sample) => sample === 0)
}

/** How often a sound crosses zero upwards, Hz. */
export function frequencyOf(frames: readonly MicrophoneFrame[], sampleRate: number): number {
  const samples = frames.flatMap((frame) => [...frame.samples])
  const crossings = samples.filter((sample, i) => sample >= 0 && (samples[i - 1] ?? 0) < 0).length
  return crossings / (samples.length / sampleRate)
}
