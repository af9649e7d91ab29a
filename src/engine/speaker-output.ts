import type { HeardItem, OutputTrack } from '../providers/model.ts'
import type { MessagePortLike, PlaybackInput, PlaybackReport } from '../shared/messages.ts'

/** A suspended context renders nothing and so cannot say where it stopped; its last report stands. */
const FLUSH_TIMEOUT_MS = 250

/** How much of an item was heard, and whether all of it has been received. */
export interface HeardProgress extends HeardItem {
  readonly complete: boolean
}

/** What a {@link SpeakerOutput} tells of. */
export interface SpeakerOutputListener {
  /** The first audio since the last silence was queued. */
  onQueued(): void
  /** An item began to sound, or goes on after an underrun. */
  onStarted(itemId: string): void
  /** `heard` of an item changed. `over`: it will change no more, unless it is interrupted. */
  onHeard(heard: HeardProgress, over: boolean): void
  /** Everything queued was rendered. */
  onDrained(): void
}

interface Item {
  readonly epoch: number
  /** Its voice comes as a track, past this class. */
  live: boolean
  received: number
  rendered: number
  ended: boolean
  over: boolean
}

/**
 * The engine's half of the speaker: sends audio to the playback worklet and keeps count of what it has
 * rendered.
 *
 * Each flush begins an epoch. From the flush on nothing is accepted until the worklet has answered or
 * another response begins, and the items that were cut stay cut: their audio is dropped, however late it
 * comes.
 */
export class SpeakerOutput implements OutputTrack {
  /** Time from the worklet to the ear, seconds: what is heard lags what is rendered by it. */
  latencySeconds = 0
  readonly #rate: number
  readonly #listener: SpeakerOutputListener
  readonly #items = new Map<string, Item>()
  readonly #cut = new Set<string>()
  /** What was sent before the speaker was there. */
  #waiting: PlaybackInput[] = []
  #port: MessagePortLike | undefined
  #epoch = 0
  #shut = false
  #flushes: { readonly epoch: number; readonly resolve: (heard: HeardProgress[]) => void }[] = []

  /** @param rate Rate of the model's audio, Hz. */
  constructor(rate: number, listener: SpeakerOutputListener) {
    this.#rate = rate
    this.#listener = listener
  }

  attach(port: MessagePortLike): void {
    this.#port = port
    port.onmessage = ({ data }: { data: PlaybackReport }) => this.#report(data)
    for (const message of this.#waiting) this.#send(message)
    this.#waiting = []
  }

  get busy(): boolean {
    for (const item of this.#items.values()) if (!item.over) return true
    return false
  }

  write(itemId: string, pcm: Int16Array): void {
    if (this.#refuses(itemId) || pcm.length === 0) return
    const first = !this.busy
    const item = this.#item(itemId)
    if (item.ended) return
    item.received += pcm.length
    const copy = pcm.slice().buffer
    this.#send({ type: 'audio', epoch: this.#epoch, itemId, pcm: copy })
    if (first) this.#listener.onQueued()
  }

  end(itemId: string): void {
    const item = this.#items.get(itemId)
    if (!item || item.ended || this.#refuses(itemId)) return
    item.ended = true
    this.#send({ type: 'end', epoch: this.#epoch, itemId })
  }

  play(itemId: string): void {
    if (this.#refuses(itemId)) return
    const item = this.#item(itemId)
    if (item.live && !item.over) return
    item.live = true
    item.over = item.ended = false
    this.#send({ type: 'play', epoch: this.#epoch, itemId })
  }

  /** Ends every item that its model left open, but for what a track carries: only the model knows. */
  endAll(): void {
    for (const [itemId, { live }] of this.#items) if (!live) this.end(itemId)
  }

  /**
   * Silences the speaker at once and cuts every item that is not heard to its end. Resolves, when
   * silence is reached, with those items; until then all that is written is dropped.
   */
  async flush(): Promise<HeardProgress[]> {
    const epoch = ++this.#epoch
    const heard = new Promise<HeardProgress[]>((resolve) => {
      this.#flushes.push({ epoch, resolve })
    })
    this.#shut = true
    this.#waiting = []
    if (this.#port) this.#send({ type: 'flush', epoch })
    const timer = setTimeout(() => this.#settle(epoch), this.#port ? FLUSH_TIMEOUT_MS : 0)
    try {
      return await heard
    } finally {
      clearTimeout(timer)
    }
  }

  /** Another response begins: what it writes is not part of what is being cut. */
  admit(): void {
    this.#shut = false
  }

  pause(): void {
    this.#send({ type: 'pause' })
  }

  resume(): void {
    this.#send({ type: 'resume' })
  }

  duck(): void {
    this.#send({ type: 'duck' })
  }

  /** Forgets everything, and the port. */
  close(): void {
    this.#settle(this.#epoch)
    this.#items.clear()
    this.#cut.clear()
    this.#waiting = []
    this.#epoch = 0
    this.#port?.close()
    this.#port = undefined
  }

  #refuses(itemId: string): boolean {
    // An item that first shows up while the cut is under way belongs to what is being cut.
    if (this.#shut && !this.#items.has(itemId)) this.#cut.add(itemId)
    const epoch = this.#items.get(itemId)?.epoch ?? this.#epoch
    return this.#shut || epoch < this.#epoch || this.#cut.has(itemId)
  }

  #item(itemId: string): Item {
    let item = this.#items.get(itemId)
    if (!item)
      this.#items.set(
        itemId,
        (item = { epoch: this.#epoch, live: false, received: 0, rendered: 0, ended: false, over: false }),
      )
    return item
  }

  #send(message: PlaybackInput): void {
    if (!this.#port) this.#waiting.push(message)
    else if (message.type === 'audio') this.#port.postMessage(message, [message.pcm])
    else this.#port.postMessage(message)
  }

  #report({ type, epoch, itemId, frames }: PlaybackReport): void {
    const item = this.#items.get(itemId)
    if (item) {
      if (item.live) item.received = frames
      item.rendered = Math.min(frames, item.received)
    }
    if (type === 'flushed') return this.#settle(epoch)
    if (!item || epoch !== this.#epoch) return
    if (type === 'started') {
      // Of a voice that comes as a track nothing is known until it sounds.
      if (item.live) this.#listener.onQueued()
      this.#listener.onStarted(itemId)
    }
    item.over = type === 'ended'
    this.#listener.onHeard(this.#heard(itemId, item, item.over ? 0 : this.latencySeconds), item.over)
    if (item.over && !this.busy) {
      this.#items.clear()
      this.#listener.onDrained()
    }
  }

  /**
   * What was cut. The device plays out what it was given before the flush, so all that was rendered is
   * heard: no latency is subtracted here.
   */
  #settle(epoch: number): void {
    const settled = this.#flushes.filter((flush) => flush.epoch <= epoch)
    if (settled.length === 0) return
    this.#flushes = this.#flushes.filter((flush) => flush.epoch > epoch)
    if (this.#flushes.length === 0) this.#shut = false
    const heard: HeardProgress[] = []
    for (const [itemId, item] of this.#items) {
      if (item.epoch >= epoch) continue
      this.#items.delete(itemId)
      if (item.over) continue
      this.#cut.add(itemId)
      heard.push(this.#heard(itemId, item, 0))
    }
    for (const { resolve } of settled) resolve(heard)
  }

  #heard(itemId: string, { received, rendered, ended }: Item, latencySeconds: number): HeardProgress {
    const heard = Math.max(0, rendered - latencySeconds * this.#rate)
    return {
      itemId,
      heardMs: (heard * 1000) / this.#rate,
      receivedMs: (received * 1000) / this.#rate,
      complete: ended,
    }
  }
}

/** The item that was sounding, or was about to, when the answer was cut. */
export function lastHeard(heard: readonly HeardItem[]): HeardItem | undefined {
  return heard.findLast((item) => item.heardMs > 0) ?? heard[0]
}
