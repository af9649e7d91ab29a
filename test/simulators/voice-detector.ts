/** When a detector takes sound for speech, and for how long it waits. */
export interface VoiceDetectorSettings {
  /** 0 (everything is speech) to 1 (only what is loud and clear). */
  readonly threshold: number
  /** Silence that ends an utterance, ms. */
  readonly silenceMs: number
}

/** An utterance begins, or has ended. Positions are in samples since the first one that was pushed. */
export type VoiceEdge =
  | {
      readonly type: 'started'
      /** The first sample of speech. */
      readonly position: number
    }
  | {
      readonly type: 'stopped'
      /** Where the silence had lasted long enough. */
      readonly position: number
    }

const FRAME_MS = 20
/** Speech that begins must last that long, so that a click does not interrupt. */
const ONSET_FRAMES = 3
const QUIETEST_DB = -70
/** So slow that speech, with its many short pauses, does not become the floor; a fan does. */
const FLOOR_RISE_DB = 0.12
const FLOOR_FALL = 0.5
const HYSTERESIS_DB = 4

/**
 * Finds utterances by energy over an adaptive noise floor. Time is audio time: how the samples are cut
 * into chunks, and when they arrive, changes nothing. A steady tone counts as noise after some seconds.
 */
export class VoiceDetector {
  #settings: VoiceDetectorSettings
  readonly #sampleRate: number
  readonly #frame: Float64Array
  #filled = 0
  #position = 0
  #floorDb = -60
  #loudFrames = 0
  #quietFrames = 0
  #speaking = false

  constructor(sampleRate: number, settings: VoiceDetectorSettings) {
    this.#sampleRate = sampleRate
    this.#settings = settings
    this.#frame = new Float64Array((sampleRate * FRAME_MS) / 1000)
  }

  get speaking(): boolean {
    return this.#speaking
  }

  /** Samples that were pushed. */
  get position(): number {
    return this.#position
  }

  configure(settings: VoiceDetectorSettings): void {
    this.#settings = settings
  }

  /** Forgets the utterance that is under way, but not how loud the room is. */
  reset(): void {
    this.#speaking = false
    this.#loudFrames = 0
    this.#quietFrames = 0
  }

  /** Takes PCM16 of any length; gives what became clear. */
  push(pcm: Int16Array): VoiceEdge[] {
    const edges: VoiceEdge[] = []
    for (const sample of pcm) {
      this.#frame[this.#filled++] = sample / 32_768
      this.#position++
      if (this.#filled === this.#frame.length) {
        this.#filled = 0
        const edge = this.#judge()
        if (edge) edges.push(edge)
      }
    }
    return edges
  }

  #judge(): VoiceEdge | undefined {
    const levelDb = decibels(this.#frame)
    const { threshold, silenceMs } = this.#settings
    const gateDb = Math.max(this.#floorDb + 6 + 12 * threshold, -60 + 20 * threshold)
    const loud = levelDb > gateDb - (this.#speaking ? HYSTERESIS_DB : 0)
    this.#floorDb =
      levelDb < this.#floorDb
        ? Math.max(QUIETEST_DB, this.#floorDb + FLOOR_FALL * (levelDb - this.#floorDb))
        : this.#floorDb + FLOOR_RISE_DB
    this.#loudFrames = loud ? this.#loudFrames + 1 : 0
    this.#quietFrames = loud ? 0 : this.#quietFrames + 1
    if (!this.#speaking && this.#loudFrames >= ONSET_FRAMES) {
      this.#speaking = true
      return { type: 'started', position: this.#position - this.#loudFrames * this.#frame.length }
    }
    if (this.#speaking && this.#quietFrames > 0 && this.#quietFrames * FRAME_MS >= silenceMs) {
      this.#speaking = false
      const over = this.#quietFrames * this.#frame.length - (silenceMs * this.#sampleRate) / 1000
      return { type: 'stopped', position: this.#position - Math.round(over) }
    }
    return undefined
  }
}

function decibels(frame: Float64Array): number {
  let energy = 0
  for (const value of frame) energy += value * value
  return Math.max(-90, 10 * Math.log10(energy / frame.length))
}
