/** A hop of 10 ms holds a whole period of all but the lowest voices. */
const HOPS_PER_SECOND = 100

/** Hum and rumble are below, Hz. Two poles: 50 Hz loses 25 dB. */
const LOW_CUT = 200
/** Above is more noise than voice, Hz. One pole: an "s" still counts. */
const HIGH_CUT = 4000

/** Digital silence, as power: it says nothing about the room. */
const SILENCE = 1e-10
/** Nothing quieter is taken for a voice, dBFS: speech at a microphone is at −45 to −15. */
const QUIETEST_DB = -50
/** Over the floor, which is about 2 dB below the mean of a steady noise; no noise stays so far above its mean. */
const ONSET_DB = 9
/** A voice that goes on may be so much quieter than one that begins. */
const HYSTERESIS_DB = 3
/** One more than a click of 15 ms can touch while the filters ring. */
const ONSET_HOPS = 4
/** Longer than the pauses within a word, shorter than those between sentences: 300 ms. */
const HANGOVER_HOPS = 30
/** The floor is the lowest of the last 1.5 to 3 s: speech always dips in that time, a fan does not. */
const FLOOR_HOPS = 150
/** Takes the scatter of single hops out of the floor: without it, the lowest hop is far below the mean. */
const FLOOR_SMOOTHING = 0.3

/** How late an echo may be: 300 ms, as by Bluetooth, and its first reverberation. */
const ECHO_HOPS = 40
/** Below it, the agent's voice leaves no echo that matters, dBFS. */
const AUDIBLE_DB = -60
/**
 * Spectrum and room make an echo fluctuate; the user has to be louder than all of it. A margin of 6 dB
 * makes no fewer false alarms, and misses twice as many users who are 6 dB over the echo.
 */
const ECHO_MARGIN_DB = 4
/** Assumed at first, and unlearned in about 2 s of the agent's speech: echo cancellation converges meanwhile. */
const FIRST_COUPLING_DB = 0
/** No echo: lower ones make no difference. */
const LOWEST_COUPLING_DB = -60
/**
 * Changes of the coupling, dB per hop. It may fall fast, because only proof lowers it. It rises slowly,
 * because what is louder than expected may be the user; an echo that is new is learned all the same.
 */
const COUPLING_FALL = 0.25
const COUPLING_RISE = 0.12

/**
 * Tells when the user speaks: energy of the voice's band, above a noise floor that adapts, and above the
 * echo that the agent's voice can have.
 *
 * It is fast rather than sure: made for lowering the agent's voice, while the model decides whether it
 * was interrupted. An onset takes 30 to 40 ms, the end 300 ms. A noise that begins suddenly counts as a
 * voice until it is learned, 3.3 s at most. Time is counted in samples: how they are cut into quanta
 * changes nothing.
 *
 * Real-time contract: nothing is allocated after construction.
 */
export class VoiceActivity {
  readonly #hopFrames: number
  readonly #lowCut: number
  readonly #highCut: number
  /** Levels of the last hops, dBFS. */
  readonly #microphone = new Float32Array(ECHO_HOPS)
  readonly #agent = new Float32Array(ECHO_HOPS)
  #at = 0
  #band = 0
  #low = 0
  #lower = 0
  #energy = 0
  #filled = 0
  #smooth = 0
  #lowest = 0
  #lowestBefore = 0
  #floorAge = 0
  #agentDb = 0
  #couplingDb = 0
  #speaking = false
  /** Hops in a row that speak against `#speaking`. */
  #against = 0

  /** @param sampleRate Rate of what is written, Hz. */
  constructor(sampleRate: number) {
    this.#hopFrames = Math.round(sampleRate / HOPS_PER_SECOND)
    this.#lowCut = 1 - Math.exp((-2 * Math.PI * LOW_CUT) / sampleRate)
    this.#highCut = 1 - Math.exp((-2 * Math.PI * HIGH_CUT) / sampleRate)
    this.reset()
  }

  /** Whether the user is speaking. */
  get speaking(): boolean {
    return this.#speaking
  }

  /**
   * Says how loud the agent's voice is at the speaker. Call it every 10 to 30 ms while it is audible, and
   * once when it has fallen silent. What is not renewed fades by 1 dB in 10 ms.
   * @param level Root mean square of the samples since the last call, 0 to 1.
   */
  agentLevel(level: number): void {
    this.#agentDb = decibels(level * level)
  }

  /** Forgets the room: noise floor, echo, and whether the user speaks. For another device. */
  reset(): void {
    this.#smooth = this.#lowest = this.#lowestBefore = this.#floorAge = 0
    this.#agentDb = decibels(0)
    this.#agent.fill(this.#agentDb)
    this.#couplingDb = FIRST_COUPLING_DB
    this.#speaking = false
    this.#against = 0
  }

  /**
   * Takes one quantum, of any length.
   * @param samples Mono, −1 to 1, before it is muted. @param frames How many of them.
   * @returns Whether `speaking` changed.
   */
  write(samples: Float32Array, frames: number): boolean {
    const before = this.#speaking
    for (let i = 0; i < frames; i++) {
      // Far below hearing: keeps digital silence from ending in denormal numbers, which are slow.
      const sample = (samples[i] as number) + 1e-20
      this.#band += this.#highCut * (sample - this.#band)
      this.#low += this.#lowCut * (this.#band - this.#low)
      this.#lower += this.#lowCut * (this.#low - this.#lower)
      const voice = this.#band - 2 * this.#low + this.#lower
      this.#energy += voice * voice
      if (++this.#filled === this.#hopFrames) this.#judge()
    }
    return this.#speaking !== before
  }

  #judge(): void {
    let power = this.#energy / this.#hopFrames
    this.#energy = this.#filled = 0
    if (!Number.isFinite(power)) power = this.#band = this.#low = this.#lower = 0
    const level = decibels(power)
    if (power > SILENCE) this.#learnFloor(level)
    const floorBar = Math.max(QUIETEST_DB, Math.min(this.#lowest, this.#lowestBefore) + ONSET_DB)
    const bar = Math.max(floorBar, this.#learnEcho(level, floorBar) + ECHO_MARGIN_DB)
    const loud = level > bar - (this.#speaking ? HYSTERESIS_DB : 0)
    if (loud === this.#speaking) this.#against = 0
    else if (++this.#against === (loud ? ONSET_HOPS : HANGOVER_HOPS)) {
      this.#speaking = loud
      this.#against = 0
    }
  }

  #learnFloor(level: number): void {
    this.#smooth += FLOOR_SMOOTHING * (level - this.#smooth)
    this.#lowest = Math.min(this.#lowest, this.#smooth)
    if (++this.#floorAge < FLOOR_HOPS) return
    this.#floorAge = 0
    this.#lowestBefore = this.#lowest
    this.#lowest = this.#smooth
  }

  /** Learns how much of the agent's voice comes back. Returns the loudest echo to expect now, dBFS. */
  #learnEcho(level: number, floorBar: number): number {
    const oldest = this.#agent[this.#at] as number
    this.#agent[this.#at] = this.#agentDb--
    this.#microphone[this.#at] = level
    this.#at = (this.#at + 1) % ECHO_HOPS
    let heard = level
    let loudest = AUDIBLE_DB
    for (let i = 0; i < ECHO_HOPS; i++) {
      heard = Math.max(heard, this.#microphone[i] as number)
      loudest = Math.max(loudest, this.#agent[i] as number)
    }
    if (loudest === AUDIBLE_DB) return -Infinity
    if (level > floorBar && level > loudest + this.#couplingDb) {
      this.#couplingDb += COUPLING_RISE
    } else if (heard - oldest < this.#couplingDb) {
      // Whatever its delay was, the echo of the oldest hop has been heard by now: this is all it can be.
      this.#couplingDb = Math.max(LOWEST_COUPLING_DB, this.#couplingDb - COUPLING_FALL)
    }
    return loudest + this.#couplingDb
  }
}

function decibels(power: number): number {
  return 10 * Math.log10(power + SILENCE)
}
