import { Resampler } from './resampler.ts'
import { GainRamp } from './gain-ramp.ts'
import { microphoneFrame, type MicrophoneFrame } from './microphone-frame.ts'
import { floatToPcm16, rmsOf } from './pcm.ts'

const MUTE_SECONDS = 0.005

/** Listens to the microphone beside the recorder, also while the model may not. See `SpeechListener`. */
export interface CaptureListener {
  /** Whether the user is speaking. */
  readonly speaking: boolean
  /** Takes one quantum, mono, and returns whether the model may hear it. */
  hear(samples: Float32Array, frames: number, muted: boolean): boolean
  /** Takes the level of a frame that the model hears: root mean square, 0 to 1. */
  measure(level: number): void
}

/** What a {@link Recorder} works with. */
export interface RecorderOptions {
  /** Rate of what is written, Hz. */
  readonly deviceRate: number
  /** Rate of the frames, Hz. */
  readonly wireRate: number
  /** Length of a frame, ms. */
  readonly frameMs: number
  /** Whether to begin with silence. */
  readonly muted: boolean
  /** Number of the first frame. Default 0. */
  readonly firstSequence?: number
  /** Takes each frame. It is reused when the call returns: copy it. */
  readonly onFrame: (frame: MicrophoneFrame) => void
  readonly listener?: CaptureListener | undefined
}

/**
 * The capture worklet without the worklet: mixes to mono, resamples to the wire rate, and cuts the stream
 * into frames of PCM16.
 *
 * While muted it goes on giving frames, of silence: a model that listens for the end of speech needs
 * the time to pass.
 *
 * Real-time contract: `write` does not allocate, except once if a quantum is longer than any before.
 */
export class Recorder {
  /** While muted it gives silence. */
  muted: boolean
  readonly #options: RecorderOptions
  readonly #resampler: Resampler
  readonly #frame: MicrophoneFrame
  readonly #gain: GainRamp
  #mono = new Float32Array(0)
  #resampled = new Float32Array(0)
  #filled = 0
  #sequence: number
  #squares = 0
  #framesIn = 0
  #framesOut = 0

  constructor(options: RecorderOptions) {
    const { deviceRate, wireRate, frameMs, muted, firstSequence = 0 } = options
    this.#options = options
    this.#resampler = new Resampler(deviceRate, wireRate)
    this.#frame = microphoneFrame(Math.round((wireRate * frameMs) / 1000))
    this.#gain = new GainRamp(MUTE_SECONDS * deviceRate, muted ? 0 : 1)
    this.#sequence = firstSequence
    this.muted = muted
    this.#grow(1024)
  }

  /**
   * Takes one quantum.
   * @param channels Samples of each channel, of any equal length; mixed in equal parts.
   * @param time When the first sample was captured, seconds.
   */
  write(channels: readonly Float32Array[], time: number): void {
    const first = channels[0]
    if (!first || first.length === 0) return
    const frames = first.length
    if (frames > this.#mono.length) this.#grow(frames)
    const mono = this.#mono
    mono.set(first)
    for (let channel = 1; channel < channels.length; channel++) {
      const other = channels[channel] as Float32Array
      for (let i = 0; i < frames; i++) mono[i] = (mono[i] as number) + (other[i] as number)
    }
    if (channels.length > 1) for (let i = 0; i < frames; i++) mono[i] = (mono[i] as number) / channels.length
    const heard = this.#options.listener?.hear(mono, frames, this.muted) ?? true
    this.#gain.target = heard && !this.muted ? 1 : 0
    this.#gain.apply(mono, 0, frames)
    const produced = this.#resampler.process(mono, frames, this.#resampled)
    this.#cut(produced, time)
    this.#framesIn += frames
  }

  #cut(produced: number, time: number): void {
    const { deviceRate, wireRate } = this.#options
    const { samples, header } = this.#frame
    let done = 0
    while (done < produced) {
      if (this.#filled === 0) {
        const offset = (this.#framesOut * deviceRate) / wireRate - this.#framesIn
        header[2] = time + offset / deviceRate
      }
      const count = Math.min(produced - done, samples.length - this.#filled)
      floatToPcm16(this.#resampled, done, samples, this.#filled, count)
      const rms = rmsOf(this.#resampled, done, count)
      this.#squares += rms * rms * count
      done += count
      this.#filled += count
      this.#framesOut += count
      if (this.#filled === samples.length) this.#finish()
    }
  }

  #finish(): void {
    const { samples, header } = this.#frame
    const { listener } = this.#options
    const rms = Math.sqrt(this.#squares / samples.length)
    header[0] = this.#sequence++
    header[1] = rms
    header[3] = listener?.speaking && !this.muted ? 1 : 0
    this.#options.onFrame(this.#frame)
    this.#filled = 0
    this.#squares = 0
    if (!this.#gain.falling) listener?.measure(rms)
  }

  #grow(frames: number): void {
    const { deviceRate, wireRate } = this.#options
    this.#mono = new Float32Array(frames)
    this.#resampled = new Float32Array(Math.ceil((frames * wireRate) / deviceRate) + 1)
  }
}
