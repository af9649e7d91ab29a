const NO_SAMPLES = new Int16Array(0)
const INITIAL_SLOTS = 16

/**
 * Queue of one contiguous stream of PCM16, in chunks of any length. A chunk costs the same however much
 * is queued.
 *
 * Real-time contract: `read` and `clear` do not allocate; `push` does when more chunks wait than ever.
 */
export class SampleQueue {
  // A ring of chunks; its length is a power of two.
  #chunks: Int16Array[] = Array.from({ length: INITIAL_SLOTS }, () => NO_SAMPLES)
  #first = 0
  #count = 0
  // Frames of the first chunk that are read already.
  #offset = 0
  #length = 0

  /** Frames queued. */
  get length(): number {
    return this.#length
  }

  /** Queues a chunk. Keeps a reference to it until it is read: leave it unchanged. */
  push(chunk: Int16Array): void {
    if (chunk.length === 0) return
    if (this.#count === this.#chunks.length) this.#grow()
    this.#chunks[(this.#first + this.#count) & (this.#chunks.length - 1)] = chunk
    this.#count++
    this.#length += chunk.length
  }

  /**
   * Takes up to `frames` frames and writes them, as −1 to 1, to `output` from `offset` on.
   *
   * @returns how many: fewer than asked only when the queue is empty then.
   */
  read(output: Float32Array, offset: number, frames: number): number {
    const total = Math.min(frames, this.#length)
    let done = 0
    while (done < total) {
      const chunk = this.#chunks[this.#first] as Int16Array
      const count = Math.min(total - done, chunk.length - this.#offset)
      const from = this.#offset
      const to = offset + done
      for (let i = 0; i < count; i++) output[to + i] = (chunk[from + i] as number) / 32768
      done += count
      this.#offset += count
      if (this.#offset === chunk.length) this.#dropFirst()
    }
    this.#length -= total
    return total
  }

  /** Forgets everything queued. */
  clear(): void {
    while (this.#count > 0) this.#dropFirst()
    this.#length = 0
  }

  #dropFirst(): void {
    this.#chunks[this.#first] = NO_SAMPLES
    this.#first = (this.#first + 1) & (this.#chunks.length - 1)
    this.#count--
    this.#offset = 0
  }

  #grow(): void {
    const old = this.#chunks
    this.#chunks = Array.from(
      { length: old.length * 2 },
      (_, i) => (i < old.length && old[(this.#first + i) & (old.length - 1)]) || NO_SAMPLES,
    )
    this.#first = 0
  }
}
