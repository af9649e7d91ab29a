const ZERO_CROSSINGS = 32
const KAISER_BETA = 9
/** Where the pass band ends, as a part of the lower Nyquist frequency. */
const CUTOFF = 0.95

/**
 * A whole recording at another rate, by a windowed sinc. Not a stream: the simulators use it once for
 * each sentence.
 * @param fromRate Hz, an integer. @param toRate Hz, an integer.
 */
export function resample(pcm: Int16Array, fromRate: number, toRate: number): Int16Array {
  if (fromRate === toRate) return pcm.slice()
  const divisor = greatestCommonDivisor(fromRate, toRate)
  const phases = toRate / divisor
  const step = fromRate / divisor
  const scale = Math.min(1, toRate / fromRate) * CUTOFF
  const reach = Math.ceil(ZERO_CROSSINGS / scale)
  const filters = Array.from({ length: phases }, (_, phase) => kernel(phase / phases, scale, reach))
  const output = new Int16Array(Math.floor((pcm.length * phases) / step))
  for (let index = 0; index < output.length; index++) {
    const position = index * step
    const first = Math.floor(position / phases) - reach + 1
    const filter = filters[position % phases] ?? new Float64Array(0)
    let sum = 0
    for (let tap = 0; tap < filter.length; tap++) sum += (pcm[first + tap] ?? 0) * (filter[tap] ?? 0)
    output[index] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
  }
  return output
}

function kernel(fraction: number, scale: number, reach: number): Float64Array {
  const taps = new Float64Array(2 * reach)
  for (let tap = 0; tap < taps.length; tap++) {
    const distance = tap - reach + 1 - fraction
    const angle = Math.PI * scale * distance
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle
    taps[tap] = sinc * kaiser(distance / reach)
  }
  const gain = taps.reduce((sum, value) => sum + value, 0)
  return taps.map((value) => value / gain)
}

function kaiser(position: number): number {
  return Math.abs(position) > 1
    ? 0
    : bessel(KAISER_BETA * Math.sqrt(1 - position * position)) / bessel(KAISER_BETA)
}

function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
