import { encodeBase64 } from '../../shared/base64.ts'

/** AWS advises frames of 32 ms. */
export const frameSamples = 512
/** Longer than AWS takes from the end of a turn to its transcript: 3 s. */
const HOLD_FRAMES = 94
/** From before speech was noticed: 320 ms. */
const LEAD_FRAMES = 10
/** What is quiet for so long has ended; AWS waits longer: 384 ms. */
const PAUSE_FRAMES = 12
/** 10 s. */
const MAX_FRAMES = 312
/** Mean of a voice that is one, of 32 768: −44 dBFS. */
const QUIETEST = 200
/** A voice is so many times as loud as the room. */
const OVER_ROOM = 4

/**
 * The user's voice, in frames of 32 ms. What was said and not yet understood is kept: it is said again on
 * the next connection, since AWS does not tell that the user speaks, and a stream may end at any word.
 */
export class UserVoice {
  readonly #frame = new Int16Array(frameSamples)
  readonly #kept: string[] = []
  #filled = 0
  #room = 0
  /** Frames since the user was last heard. */
  #quiet = HOLD_FRAMES
  /** Frames since the user began. */
  #since = 0

  /** Whether the user speaks, or did a moment ago. */
  get speaking(): boolean {
    return this.#quiet < HOLD_FRAMES
  }

  /** What was said and not yet understood, base64. */
  get unanswered(): readonly string[] {
    return this.speaking ? [...this.#kept] : []
  }

  /** @param onFrame Takes 32 ms, base64 of PCM16. */
  write(samples: Int16Array, onFrame: (content: string) => void): void {
    for (const sample of samples) {
      this.#frame[this.#filled++] = sample
      if (this.#filled < frameSamples) continue
      this.#filled = 0
      const { buffer } = this.#frame
      const content = encodeBase64(new Uint8Array(buffer))
      this.#judge()
      this.#kept.push(content)
      const most = this.speaking ? MAX_FRAMES : LEAD_FRAMES
      if (this.#kept.length > most) this.#kept.splice(0, this.#kept.length - most)
      onFrame(content)
    }
  }

  /** What was said was understood; the user may be speaking again already. */
  understood(): void {
    if (this.#quiet >= PAUSE_FRAMES) this.#quiet = HOLD_FRAMES
    const since = this.speaking ? this.#since : 0
    this.#kept.splice(0, Math.max(0, this.#kept.length - since - LEAD_FRAMES))
  }

  /** Forgets everything. */
  clear(): void {
    this.#kept.length = this.#filled = 0
    this.#quiet = HOLD_FRAMES
  }

  #judge(): void {
    let sum = 0
    for (const sample of this.#frame) sum += Math.abs(sample)
    const level = sum / frameSamples
    const loud = level > Math.max(QUIETEST, OVER_ROOM * this.#room)
    this.#since = loud && this.#quiet >= PAUSE_FRAMES ? 1 : this.#since + 1
    this.#quiet = loud ? 0 : this.#quiet + 1
    // Slow while somebody speaks, so that a voice does not become the room.
    this.#room += (level - this.#room) * (level < this.#room ? 0.2 : loud ? 0.0005 : 0.02)
  }
}
