/** Between the agent's voice leaving its worklet and the echo reaching the other one, seconds. */
const LONGEST_DELAY = 0.5
/** Time constant of all averages, and the agent's speech before the first estimate, seconds. */
const MEMORY = 3
/** Two voices that know nothing of each other stay below, but for one estimate in a hundred. */
const ECHO_CORRELATION = 0.5
const FLOOR_DB = -60
/** Fainter than the agent's speech by more than that, as power, is a pause of it. */
const PAUSE = 1e-5
/** Part of the mean square that is not told from rounding: a level without any variation has no correlation. */
const STEADY = 1e-9

/** How much of the agent's voice comes back through the microphone. */
export interface EchoEstimate {
  /**
   * Level of the agent's voice in the microphone against its level at the speaker, dB, −60 to 0.
   * −60 when the correlation is below 0.5.
   */
  estimateDb: number
  /**
   * How much the microphone follows the agent's voice, 0 to 1. Below 0.5 there is no echo that matters,
   * or the user is much louder.
   */
  correlation: number
}

/**
 * Measures the echo from two envelopes: for each delay that the echo might have, the regression of the
 * microphone's power on the agent's. What does not follow the agent (noise, the user) is no echo. Time
 * in which the agent says nothing does not count.
 *
 * Real-time contract: nothing is allocated after construction.
 */
export class EchoMeter {
  /** The latest estimate. It is reused: copy it. */
  readonly estimate: EchoEstimate = { estimateDb: FLOOR_DB, correlation: 0 }
  readonly #hopsPerSecond: number
  readonly #keep: number
  /** The agent's power, latest first. */
  readonly #agent: Float64Array
  /** Weighted sums for each delay: of the agent's power, its square, and its product with the microphone's. */
  readonly #sums: Float64Array
  readonly #squares: Float64Array
  readonly #products: Float64Array
  #weight = 0
  #sum = 0
  #square = 0
  #pause = 0
  #hops = 0

  /** @param hopsPerSecond How often `write` is called while audio runs. */
  constructor(hopsPerSecond = 50) {
    const delays = Math.round(LONGEST_DELAY * hopsPerSecond) + 1
    this.#hopsPerSecond = hopsPerSecond
    this.#keep = 1 - 1 / (MEMORY * hopsPerSecond)
    this.#agent = new Float64Array(delays)
    this.#sums = new Float64Array(delays)
    this.#squares = new Float64Array(delays)
    this.#products = new Float64Array(delays)
  }

  /** Forgets everything. For another device. */
  reset(): void {
    this.#agent.fill(0)
    this.#sums.fill(0)
    this.#squares.fill(0)
    this.#products.fill(0)
    this.#weight = this.#sum = this.#square = this.#pause = this.#hops = 0
    this.estimate.estimateDb = FLOOR_DB
    this.estimate.correlation = 0
  }

  /**
   * Takes one hop.
   * @param microphoneLevel Root mean square of the microphone before it is muted, 0 to 1.
   * @param agentLevel Root mean square of the agent's voice rendered meanwhile, 0 to 1.
   * @returns Whether there is a new estimate: after 3 s of the agent's speech, then every second of it.
   */
  write(microphoneLevel: number, agentLevel: number): boolean {
    const delays = this.#agent.length
    const keep = this.#keep
    const power = microphoneLevel * microphoneLevel
    const agentPower = agentLevel * agentLevel
    if (!Number.isFinite(power + agentPower)) return false
    this.#agent.copyWithin(1, 0)
    this.#agent[0] = agentPower
    const sum = (this.#sums[0] as number) + agentPower
    const square = (this.#squares[0] as number) + agentPower * agentPower
    this.#pause = agentPower * sum > PAUSE * square ? 0 : this.#pause + 1
    if (this.#pause >= delays) return false
    this.#weight = keep * this.#weight + 1
    this.#sum = keep * this.#sum + power
    this.#square = keep * this.#square + power * power
    for (let i = 0; i < delays; i++) {
      const agent = this.#agent[i] as number
      this.#sums[i] = keep * (this.#sums[i] as number) + agent
      this.#squares[i] = keep * (this.#squares[i] as number) + agent * agent
      this.#products[i] = keep * (this.#products[i] as number) + agent * power
    }
    if (++this.#hops < MEMORY * this.#hopsPerSecond) return false
    this.#hops -= this.#hopsPerSecond
    this.#evaluate()
    return true
  }

  #evaluate(): void {
    const variance = this.#square * (1 + STEADY) - (this.#sum * this.#sum) / this.#weight
    let best = 0
    let gain = 0
    for (let i = 0; i < this.#agent.length; i++) {
      const sum = this.#sums[i] as number
      const agentVariance = (this.#squares[i] as number) * (1 + STEADY) - (sum * sum) / this.#weight
      const covariance = (this.#products[i] as number) - (sum * this.#sum) / this.#weight
      const correlation = covariance / Math.sqrt(agentVariance * variance)
      if (correlation > best) {
        best = correlation
        gain = covariance / agentVariance
      }
    }
    this.estimate.correlation = best
    this.estimate.estimateDb =
      best < ECHO_CORRELATION ? FLOOR_DB : Math.max(FLOOR_DB, Math.min(0, 10 * Math.log10(gain)))
  }
}
