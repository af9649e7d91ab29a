import { PcmRecording } from '../../pcm.ts'

/** Sound of one item, as far as the peer was sent it. */
export interface PlayedItem {
  readonly itemId: string
  readonly responseId: string
  /** PCM16 at 24 kHz: exactly the samples that went into RTP. */
  readonly pcm: Int16Array
  /** How many that are; after a cut, how many they were. */
  readonly playedSamples: number
  /** Whether more was to come, or might have. */
  readonly cut: boolean
}

/** What a playout tells. */
export interface PlayoutHost {
  /** The first sample of a response is about to be played. */
  started(responseId: string): void
  /** A response that has ended was played to its end. */
  stopped(responseId: string): void
}

/** What a cut left unheard. */
export interface Cut {
  /** The response that was playing, or was about to. */
  readonly responseId: string
  readonly items: readonly PlayedItem[]
}

interface QueuedPcm {
  readonly item: Entry
  readonly pcm: Int16Array
}

/** Sound that waits to be played: generated faster than it sounds, one response after the other. */
export class Playout {
  readonly #host: PlayoutHost
  readonly #keepsAll: boolean
  readonly #items = new Map<string, Entry>()
  readonly #queue: QueuedPcm[] = []
  readonly #ended = new Set<string>()
  readonly #cutResponses = new Set<string>()
  /** Samples of the first part of the queue that were played. */
  #offset = 0
  #playing: string | undefined

  constructor(host: PlayoutHost, { keepsAll }: { readonly keepsAll: boolean }) {
    this.#host = host
    this.#keepsAll = keepsAll
  }

  /** What was played, by id of the item. */
  get items(): ReadonlyMap<string, PlayedItem> {
    return this.#items
  }

  /** Takes sound of an item; gives the item if it is cut before it has begun. */
  append(responseId: string, itemId: string, pcm: Int16Array): PlayedItem | undefined {
    const known = this.#items.get(itemId)
    const item = known ?? this.#newItem(responseId, itemId)
    if (item.cut) return undefined
    if (this.#cutResponses.has(responseId)) {
      item.cut = true
      return known ? undefined : item
    }
    item.appended += pcm.length
    this.#queue.push({ item, pcm })
    return undefined
  }

  /** No more sound of an item comes. */
  endItem(itemId: string): void {
    const item = this.#items.get(itemId)
    if (item) item.complete = true
  }

  /** No more sound of a response comes. */
  endResponse(responseId: string): void {
    const audible =
      this.#playing === responseId || this.#queue.some(({ item }) => item.responseId === responseId)
    if (audible) this.#ended.add(responseId)
    this.#cutResponses.delete(responseId)
  }

  /** Gives the next samples: silence where there is nothing to play. */
  read(frame: Int16Array): void {
    this.#stopIfDrained()
    frame.fill(0)
    let filled = 0
    for (let next = this.#queue[0]; next && filled < frame.length; next = this.#queue[0]) {
      const { item, pcm } = next
      this.#start(item.responseId)
      const part = pcm.subarray(this.#offset, this.#offset + frame.length - filled)
      frame.set(part, filled)
      item.recording.append(part)
      filled += part.length
      this.#offset += part.length
      if (this.#offset < pcm.length) continue
      this.#queue.shift()
      this.#offset = 0
    }
  }

  /**
   * Throws away what is not yet played, and what is still to come of `responses`. `undefined` if nothing
   * was playing.
   */
  cut(responses: Iterable<string>): Cut | undefined {
    const responseId = this.#playing ?? this.#queue[0]?.item.responseId
    for (const id of responses) this.#cutResponses.add(id)
    if (responseId === undefined) return undefined
    const items = [...this.#items.values()].filter((item) => item.unheard)
    for (const item of items) item.cut = true
    this.#queue.length = 0
    this.#offset = 0
    this.#ended.clear()
    this.#playing = undefined
    return { responseId, items }
  }

  #newItem(responseId: string, itemId: string): Entry {
    if (!this.#keepsAll) {
      for (const [id, item] of this.#items) if (!item.unheard) this.#items.delete(id)
    }
    const item = new Entry(responseId, itemId)
    this.#items.set(itemId, item)
    return item
  }

  #start(responseId: string): void {
    if (this.#playing === responseId) return
    if (this.#playing !== undefined) this.#stop(this.#playing)
    this.#playing = responseId
    this.#host.started(responseId)
  }

  #stopIfDrained(): void {
    const playing = this.#playing
    if (playing === undefined || this.#queue.length > 0 || !this.#ended.has(playing)) return
    this.#stop(playing)
  }

  #stop(responseId: string): void {
    this.#playing = undefined
    this.#ended.delete(responseId)
    this.#host.stopped(responseId)
  }
}

class Entry implements PlayedItem {
  readonly itemId: string
  readonly responseId: string
  readonly recording = new PcmRecording()
  appended = 0
  complete = false
  cut = false

  constructor(responseId: string, itemId: string) {
    this.responseId = responseId
    this.itemId = itemId
  }

  get pcm(): Int16Array {
    return this.recording.slice()
  }

  get playedSamples(): number {
    return this.recording.length
  }

  /** Whether a cut takes something away. */
  get unheard(): boolean {
    return !this.cut && (!this.complete || this.playedSamples < this.appended)
  }
}
