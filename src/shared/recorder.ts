import { GainRamp } from './gain-ramp.ts'
import { microphoneFrame, type MicrophoneFrame } from './microphone-frame.ts'
import { floatToPcm16, rmsOf } from './pcm.ts'
import { Resampler } from './resampler.ts'

const MUTE_SECONDS = 0.005

/**
 * The capture worklet without the worklet: mixes to mono, resamples to the wire rate, and cuts the
 * stream into frames of PCM16.
 *
 * While muted it goes on giving frames, of silence: a model that listens for the end of speech needs
 * the time to pass.
 *
 * Real-time contract: `write` does not allocate, except once if a quantum is longer than any before.
 */
export class Recorder {
  readonly #resampler: Resampler
  readonly #wireRate: number
  readonly #deviceRate: number
  readonly #onFrame: (frame: MicrophoneFrame) => void
  readonly #frame: MicrophoneFrame
  readonly #gain: GainRamp
  #mono = new Float32Array(0)
  #resampled = new Float32Array(0)
  #filled = 0
  #sequence = 0
  #squares = 0
  #framesIn = 0
  #framesOut = 0

  /**
   * @param deviceRate Rate of what is written, Hz.
   * @param wireRate Rate of the frames, Hz.
   * @param frameMs Length of a frame, ms.
   * @param muted Whether to begin with silence.
   * @param onFrame Takes each frame. It is reused when the call returns: copy it.
   */
  constructor(
    deviceRate: number,
    wireRate: number,
    frameMs: number,
    muted: boolean,
    onFrame: (frame: MicrophoneFrame) => void,
  ) {
    this.#deviceRate = deviceRate
    this.#wireRate = wireRate
    this.#onFrame = onFrame
    this.#resampler = new Resampler(deviceRate, wireRate)
    this.#frame = microphoneFrame(Math.round((wireRate * frameMs) / 1000))
    this.#gain = new GainRamp(MUTE_SECONDS * deviceRate, muted ? 0 : 1)
    this.#grow(1024)
  }

  set muted(muted: boolean) {
    this.#gain.target = muted ? 0 : 1
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
    for (let i = 0; i < frames; i++) mono[i] = first[i] as number
    for (let channel = 1; channel < channels.length; channel++) {
      const other = channels[channel] as Float32Array
      for (let i = 0; i < frames; i++) mono[i] = (mono[i] as number) + (other[i] as number)
    }
    if (channels.length > 1) for (let i = 0; i < frames; i++) mono[i] = (mono[i] as number) / channels.length
    this.#gain.apply(mono, 0, frames)
    const produced = this.#resampler.process(mono, frames, this.#resampled)
    this.#cut(produced, time)
    this.#framesIn += frames
  }

  #cut(produced: number, time: number): void {
    const { samples, sequence, level, time: frameTime } = this.#frame
    let done = 0
    while (done < produced) {
      if (this.#filled === 0) {
        const offset = (this.#framesOut * this.#deviceRate) / this.#wireRate - this.#framesIn
        frameTime[1] = time + offset / this.#deviceRate
      }
      const count = Math.min(produced - done, samples.length - this.#filled)
      floatToPcm16(this.#resampled, done, samples, this.#filled, count)
      const rms = rmsOf(this.#resampled, done, count)
      this.#squares += rms * rms * count
      done += count
      this.#filled += count
      this.#framesOut += count
      if (this.#filled < samples.length) continue
      sequence[0] = this.#sequence++
      level[1] = Math.sqrt(this.#squares / samples.length)
      this.#onFrame(this.#frame)
      this.#filled = 0
      this.#squares = 0
    }
  }

  #grow(frames: number): void {
    this.#mono = new Float32Array(frames)
    this.#resampled = new Float32Array(Math.ceil((frames * this.#wireRate) / this.#deviceRate) + 1)
  }
}
