/** Where one signal is found in another. */
export interface Match {
  /** Offset of the pattern's first sample in the signal, samples. */
  readonly lag: number
  /** Correlation coefficient there, −1 to 1. */
  readonly coefficient: number
}

/** Finds the offset at which `signal` looks most like `pattern`, within `[from, to)`. */
export function findIn(
  signal: ArrayLike<number>,
  pattern: ArrayLike<number>,
  from = 0,
  to = signal.length - pattern.length + 1,
): Match {
  const size = 2 ** Math.ceil(Math.log2(to - from + 2 * pattern.length))
  const a = transform(signal, from, to - from + pattern.length, size)
  const b = transform(pattern, 0, pattern.length, size)
  const product = { re: new Float64Array(size), im: new Float64Array(size) }
  for (let i = 0; i < size; i++) {
    const [ar = 0, ai = 0, br = 0, bi = 0] = [a.re[i], a.im[i], b.re[i], b.im[i]]
    // The conjugate of the inverse transform's input, so that the forward transform serves for both.
    product.re[i] = ar * br + ai * bi
    product.im[i] = -(ai * br - ar * bi)
  }
  fft(product.re, product.im)
  let best: Match = { lag: from, coefficient: -1 }
  const energy = squares(pattern, 0, pattern.length)
  let window = squares(signal, from, from + pattern.length)
  for (let lag = from; lag < to; lag++) {
    const scale = Math.sqrt(energy * window)
    const coefficient = scale > 1e-9 ? (product.re[lag - from] ?? 0) / size / scale : 0
    if (coefficient > best.coefficient) best = { lag, coefficient }
    window += (signal[lag + pattern.length] ?? 0) ** 2 - (signal[lag] ?? 0) ** 2
  }
  return best
}

/** Correlation coefficient of `pattern` with `signal` from `lag` on. */
export function coefficientAt(signal: ArrayLike<number>, pattern: ArrayLike<number>, lag: number): number {
  let product = 0
  for (let i = 0; i < pattern.length; i++) product += (signal[lag + i] ?? 0) * (pattern[i] ?? 0)
  const scale = squares(pattern, 0, pattern.length) * squares(signal, lag, lag + pattern.length)
  return scale > 0 ? product / Math.sqrt(scale) : 0
}

function squares(samples: ArrayLike<number>, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += (samples[i] ?? 0) ** 2
  return sum
}

function transform(samples: ArrayLike<number>, from: number, length: number, size: number) {
  const re = new Float64Array(size)
  for (let i = 0; i < length; i++) re[i] = samples[from + i] ?? 0
  const im = new Float64Array(size)
  fft(re, im)
  return { re, im }
}

/** In place; the length is a power of two. */
function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      ;[re[i], re[j]] = [re[j] ?? 0, re[i] ?? 0]
      ;[im[i], im[j]] = [im[j] ?? 0, im[i] ?? 0]
    }
  }
  for (let length = 2; length <= n; length *= 2) {
    const angle = (-2 * Math.PI) / length
    for (let k = 0; k < length / 2; k++) {
      const cos = Math.cos(angle * k)
      const sin = Math.sin(angle * k)
      for (let i = k; i < n; i += length) {
        const j = i + length / 2
        const xr = (re[j] ?? 0) * cos - (im[j] ?? 0) * sin
        const xi = (re[j] ?? 0) * sin + (im[j] ?? 0) * cos
        re[j] = (re[i] ?? 0) - xr
        im[j] = (im[i] ?? 0) - xi
        re[i] = (re[i] ?? 0) + xr
        im[i] = (im[i] ?? 0) + xi
      }
    }
  }
}
