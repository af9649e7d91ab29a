/** Shape of the window: the higher, the deeper the stop band and the wider the transition. */
const BETA = 10.7

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  const square = (x * x) / 4
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * Number.EPSILON; k++) {
    term *= square / (k * k)
    sum += term
  }
  return sum
}

/**
 * Right half of the impulse response of a low-pass filter, a sinc under a Kaiser window: element `m` is
 * its value `m` samples from the centre, to a scale of its own. The filter is even, and zero from `length` on.
 *
 * @param length - Half the filter's length, samples: the longer, the narrower the transition band.
 * @param cutoff - Where the gain is one half, as a fraction of the Nyquist frequency.
 */
export function kaiserLowPass(length: number, cutoff: number): Float64Array {
  const response = new Float64Array(length)
  for (let m = 0; m < length; m++) {
    const angle = Math.PI * cutoff * m
    const window = besselI0(BETA * Math.sqrt(1 - (m / length) ** 2))
    response[m] = m ? (window * Math.sin(angle)) / angle : window
  }
  return response
}
