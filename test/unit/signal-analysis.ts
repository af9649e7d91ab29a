/** A sine `amplitude * sin(2π * frequency * n / sampleRate + phase) + offset` and what it leaves over. */
export interface SineFit {
  readonly amplitude: number
  /** Radians, −π to π. */
  readonly phase: number
  readonly offset: number
  /** Root mean square of the samples less the sine and the offset. */
  readonly residual: number
}

/** Samples of a sine; `phase` in radians. */
export function sine(
  frequency: number,
  sampleRate: number,
  frames: number,
  { amplitude = 0.5, phase = 0 } = {},
): Float32Array {
  const step = (2 * Math.PI * frequency) / sampleRate
  return Float32Array.from({ length: frames }, (_, n) => amplitude * Math.sin(step * n + phase))
}

/** The sine of a known frequency that is nearest to `samples[from]` to `samples[to - 1]`. */
export function fitSine(
  samples: Float32Array,
  frequency: number,
  sampleRate: number,
  from = 0,
  to: number = samples.length,
): SineFit {
  const step = (2 * Math.PI * frequency) / sampleRate
  let [ss, sc, cc, s1, c1, sx, cx, x1] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let n = from; n < to; n++) {
    const s = Math.sin(step * n)
    const c = Math.cos(step * n)
    const x = samples[n] ?? 0
    ss += s * s
    sc += s * c
    cc += c * c
    s1 += s
    c1 += c
    sx += s * x
    cx += c * x
    x1 += x
  }
  const [a = 0, b = 0, offset = 0] = solve([
    [ss, sc, s1, sx],
    [sc, cc, c1, cx],
    [s1, c1, to - from, x1],
  ])
  let squares = 0
  for (let n = from; n < to; n++) {
    const fitted = a * Math.sin(step * n) + b * Math.cos(step * n) + offset
    squares += ((samples[n] ?? 0) - fitted) ** 2
  }
  return {
    amplitude: Math.hypot(a, b),
    phase: Math.atan2(b, a),
    offset,
    residual: Math.sqrt(squares / (to - from)),
  }
}

/** 20 log₁₀ of a ratio of amplitudes. */
export function decibels(ratio: number): number {
  return 20 * Math.log10(ratio)
}

/** Root mean square of `samples[from]` to `samples[to - 1]`. */
export function rms(samples: Float32Array, from = 0, to: number = samples.length): number {
  let squares = 0
  for (let n = from; n < to; n++) squares += (samples[n] ?? 0) ** 2
  return Math.sqrt(squares / (to - from))
}

/** Gauss–Jordan elimination of three equations, their right sides in the last column. */
function solve(rows: number[][]): number[] {
  rows.forEach((pivot, i) => {
    const scale = pivot[i] ?? 1
    for (let j = 0; j < 4; j++) pivot[j] = (pivot[j] ?? 0) / scale
    for (const row of rows) {
      if (row === pivot) continue
      const factor = row[i] ?? 0
      for (let j = 0; j < 4; j++) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0)
    }
  })
  return rows.map((row) => row[3] ?? 0)
}
