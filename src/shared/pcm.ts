/**
 * Converts `frames` samples of −1 to 1 to PCM16: scales by 32768, rounds to the nearest (halves upwards)
 * and clips. Not a number becomes silence.
 */
export function floatToPcm16(
  input: Float32Array,
  inputOffset: number,
  output: Int16Array,
  outputOffset: number,
  frames: number,
): void {
  for (let i = 0; i < frames; i++) {
    const value = Math.floor((input[inputOffset + i] as number) * 32768 + 0.5)
    output[outputOffset + i] = Math.max(-32768, Math.min(32767, value))
  }
}

/** Converts `frames` samples of PCM16 to −1 to 1, exactly. */
export function pcm16ToFloat(
  input: Int16Array,
  inputOffset: number,
  output: Float32Array,
  outputOffset: number,
  frames: number,
): void {
  for (let i = 0; i < frames; i++) output[outputOffset + i] = (input[inputOffset + i] as number) / 32768
}

/** Root mean square of `frames` samples from `offset` on; 0 of none. */
export function rmsOf(samples: Float32Array, offset: number, frames: number): number {
  let squares = 0
  for (let i = 0; i < frames; i++) {
    const sample = samples[offset + i] as number
    squares += sample * sample
  }
  return frames > 0 ? Math.sqrt(squares / frames) : 0
}
