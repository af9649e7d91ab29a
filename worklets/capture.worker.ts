/*
 * The microphone's side of the fast path, in a Worker: takes a track's audio as the browser has it,
 * without the audio graph's buffers in between, and without the page.
 */
import { CaptureEars } from '../src/shared/capture-ears.ts'
import { CaptureEndpoint, type MakeEars } from '../src/shared/capture-endpoint.ts'
import type { CaptureWorkerCommand, CaptureWorkerReport } from '../src/shared/capture-worker-messages.ts'
import type { MessagePortLike } from '../src/shared/messages.ts'

const CHECK_MS = 100
/** A track is silent when at so many checks in a row nothing had come. */
const QUIET_CHECKS = 3
const SILENCE_MS = 10
/** Hz, until a track says its own. */
const USUAL_RATE = 48_000

const makeEars: MakeEars = (tell) => new CaptureEars(tell)

const page = globalThis as unknown as MessagePortLike

/** Reads one track after the other, and gives silence while none of them gives anything. */
class TrackReader {
  readonly #endpoint: CaptureEndpoint
  #deviceRate = USUAL_RATE
  #planes: Float32Array<ArrayBuffer>[] = []
  #reader: ReadableStreamDefaultReader<AudioData> | undefined
  #seconds = 0
  #writtenAt = performance.now()
  #quiet = 0

  constructor(endpoint: CaptureEndpoint) {
    this.#endpoint = endpoint
    setInterval(() => this.#check(), CHECK_MS)
  }

  /** Reads until the track ends, or the next one comes. */
  async read(readable: ReadableStream<AudioData>): Promise<void> {
    const reader = readable.getReader()
    this.#reader?.cancel().catch(() => {})
    this.#reader = reader
    for (;;) {
      const { value } = await reader.read()
      if (!value) return
      if (reader === this.#reader) this.#take(value)
      value.close()
    }
  }

  #take(audio: AudioData): void {
    const { numberOfChannels, numberOfFrames, sampleRate } = audio
    if (this.#planes.length !== numberOfChannels || this.#planes[0]?.length !== numberOfFrames) {
      this.#planes = Array.from({ length: numberOfChannels }, () => new Float32Array(numberOfFrames))
    }
    for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex++) {
      audio.copyTo(this.#planes[planeIndex] as Float32Array<ArrayBuffer>, {
        planeIndex,
        format: 'f32-planar',
      })
    }
    this.#deviceRate = sampleRate
    this.#quiet = 0
    this.#writtenAt = performance.now()
    this.#write(this.#planes, numberOfFrames)
  }

  /** A track that ended, or that nothing feeds, gives no audio at all, where an audio graph goes on. */
  #check(): void {
    if (++this.#quiet < QUIET_CHECKS) return
    const silence = [new Float32Array(Math.round((this.#deviceRate * SILENCE_MS) / 1000))]
    for (const now = performance.now(); this.#writtenAt + SILENCE_MS <= now; this.#writtenAt += SILENCE_MS) {
      this.#write(silence, silence[0]?.length ?? 0)
    }
  }

  #write(channels: readonly Float32Array[], frames: number): void {
    // The stamps of the audio begin anew when the stream comes over from the page.
    this.#endpoint.write(channels, this.#deviceRate, this.#seconds)
    this.#seconds += frames / this.#deviceRate
  }
}

let endpoint: CaptureEndpoint | undefined
let tracks: TrackReader | undefined

page.onmessage = ({ data }: { data: CaptureWorkerCommand<ReadableStream<AudioData>> }) => {
  if (data.type === 'open') {
    endpoint = new CaptureEndpoint(page, data.options, USUAL_RATE, data.listens ? makeEars : undefined)
    tracks = new TrackReader(endpoint)
  } else if (data.type === 'listen') {
    tracks?.read(data.readable).catch(reportError)
  } else {
    endpoint?.take(data)
  }
}
page.postMessage({ type: 'ready' } satisfies CaptureWorkerReport)
