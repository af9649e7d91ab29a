const NO_SAMPLES = new Int16Array(0)

/**
 * Queue of one contiguous stream of PCM16, in chunks of any length. A chunk costs the same however much
 * is queued.
 *
 * Real-time contract: `read` does not allocate; `push` does when more chunks come than ever before it ran empty.
 */
export class SampleQueue {
  // Written over from the start whenever the queue has run empty: emptying an array would free its memory.
  readonly #chunks: Int16Array[] = []
  #first = 0
  #end = 0
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
    this.#chunks[this.#end++] = chunk
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

  #dropFirst(): void {
    this.#chunks[this.#first++] = NO_SAMPLES
    this.#offset = 0
    if (this.#first === this.#end) this.#first = this.#end = 0
  }
}
