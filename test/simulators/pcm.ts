/** PCM16 mono as base64, little-endian, as the wire carries it. */
export function encodePcm(pcm: Int16Array): string {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64')
}

/** PCM16 from base64; a trailing odd byte is ignored. */
export function decodePcm(base64: string): Int16Array {
  // Buffers come from a pool at any offset, an Int16Array needs an even one: copy.
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Int16Array(bytes.buffer, 0, bytes.byteLength >> 1)
}

/** All of `parts`, one after the other. */
export function joinPcm(parts: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** PCM16 that grows at its end. Samples are addressed by their position since the beginning. */
export class PcmRecording {
  #samples = new Int16Array(24_000)
  #start = 0
  #end = 0

  /** Samples since the beginning, forgotten ones included. */
  get length(): number {
    return this.#end
  }

  append(pcm: Int16Array): void {
    const held = this.#end - this.#start
    if (held + pcm.length > this.#samples.length) {
      const grown = new Int16Array(2 * (held + pcm.length))
      grown.set(this.#samples.subarray(0, held))
      this.#samples = grown
    }
    this.#samples.set(pcm, held)
    this.#end += pcm.length
  }

  /** A copy of the samples from `from` up to `to`, without those that were forgotten. */
  slice(from = 0, to: number = this.#end): Int16Array {
    return this.#samples.slice(
      Math.max(0, from - this.#start),
      Math.max(0, Math.min(to, this.#end) - this.#start),
    )
  }

  /** Gives up the samples before `position`. */
  forget(position: number): void {
    const first = Math.min(Math.max(position, this.#start), this.#end)
    this.#samples.copyWithin(0, first - this.#start, this.#end - this.#start)
    this.#start = first
  }
}
