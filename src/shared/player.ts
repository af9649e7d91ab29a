// First what the microphone's side has too, in its order: the two scripts then compress as one.
import { Resampler } from './resampler.ts'
import { GainRamp } from './gain-ramp.ts'
import { Ducker } from './ducker.ts'
import { PlaybackItem } from './playback-item.ts'
import { Prebuffer } from './prebuffer.ts'

/** Long enough for no click, short enough for an interrupt to feel instant. */
const FADE_SECONDS = 0.003
const REPORTS_PER_SECOND = 30

/** What a {@link Player} reports; see `PlaybackReport`. */
export type PlayerEvent = 'started' | 'position' | 'ended' | 'underrun' | 'flushed'

/** Takes a report. Called on the audio thread: it must not allocate. */
export type PlayerListener = (event: PlayerEvent, epoch: number, itemId: string, frames: number) => void

/**
 * The playback worklet without the worklet: a queue of items, resampled and faded, whose position is
 * known to the sample.
 *
 * One time line, in frames of the wire rate, runs through all items from the moment the voice starts
 * until the queue is empty. The resampler is aligned so that its k-th output *is* the time line at
 * `k * wireRate / contextRate`: no delay has to be guessed and subtracted.
 *
 * Real-time contract: `render` does not allocate.
 */
export class Player {
  readonly #resampler: Resampler
  readonly #wireRate: number
  readonly #contextRate: number
  readonly #listener: PlayerListener
  readonly #prebuffer = new Prebuffer()
  readonly #fadeFrames: number
  readonly #gain: GainRamp
  readonly #ducker: Ducker
  #source = new Float32Array(0)
  #resampled = new Float32Array(0)

  #epoch = 0
  #state: 'idle' | 'buffering' | 'playing' | 'cutting' = 'idle'
  /** Items of the current epoch that are not rendered to their end, in playing order. */
  #items: PlaybackItem[] = []
  /** Items that came after a flush whose fade is still under way. */
  #next: PlaybackItem[] = []
  /** Index in `#items` of the item that feeds the resampler. */
  #feeding = 0
  /** Frames given to the resampler, padding included. */
  #fed = 0
  /** Frames taken from the resampler, at the context's rate. */
  #rendered = 0
  #sinceReport = 0
  #paused = false
  /** Frames rendered since the beginning, silence included: the clock that arrivals are timed by. */
  #clock = 0

  /**
   * @param wireRate Rate of the audio that is written, Hz.
   * @param contextRate Rate of what is rendered, Hz.
   */
  constructor(wireRate: number, contextRate: number, listener: PlayerListener) {
    this.#resampler = new Resampler(wireRate, contextRate)
    this.#wireRate = wireRate
    this.#contextRate = contextRate
    this.#listener = listener
    this.#fadeFrames = Math.ceil(FADE_SECONDS * contextRate)
    this.#gain = new GainRamp(this.#fadeFrames)
    this.#ducker = new Ducker(contextRate)
    this.#grow(1024)
  }

  /** Queues audio. Keeps a reference to `pcm`. Audio of an epoch that was flushed is dropped. */
  write(epoch: number, itemId: string, pcm: Int16Array): void {
    const item = this.#find(epoch, itemId)
    if (!item || item.ended) return
    item.queue.push(pcm)
    this.#prebuffer.arrived((this.#clock * 1000) / this.#contextRate, (pcm.length * 1000) / this.#wireRate)
    if (this.#state === 'idle') this.#state = 'buffering'
  }

  /** Says that an item is complete. */
  end(epoch: number, itemId: string): void {
    const item = this.#find(epoch, itemId)
    if (!item) return
    item.ended = true
    if (this.#state === 'idle') this.#state = 'buffering'
  }

  /** Fades to silence and holds what is queued, until {@link Player.resume}. */
  pause(): void {
    this.#paused = true
  }

  /** Goes on where a pause stopped. */
  resume(): void {
    this.#paused = false
  }

  /** Whether a voice is sounding. */
  get sounding(): boolean {
    return this.#state === 'playing'
  }

  /** Turns the voice down; it comes back by itself unless a flush follows. */
  duck(): void {
    this.#ducker.duck()
  }

  /** Fades to silence and forgets everything before `epoch`. Reports `flushed` when it is silent. */
  flush(epoch: number): void {
    if (epoch <= this.#epoch) return
    const cut = this.#epoch
    this.#epoch = epoch
    this.#next = []
    if (this.#state === 'cutting') return
    if (this.#state === 'playing') {
      // A suspended context does not render the fade, and `flushed` waits for that: this is exact till then.
      const item = this.#items[0]
      if (item) this.#listener('position', cut, item.id, item.renderedAt(this.#position))
      this.#state = 'cutting'
      this.#gain.target = 0
    } else {
      this.#finishFlush()
    }
  }

  /** Fills `output` with the next quantum, of any length. */
  render(output: Float32Array): void {
    const frames = output.length
    if (this.#resampled.length < frames) this.#grow(frames)
    let done = 0
    if (this.#state === 'buffering' && !this.#paused && this.#ready(frames)) {
      this.#state = 'playing'
    }
    if (this.#state === 'playing') this.#gain.target = !this.#paused && this.#enough(frames) ? 1 : 0
    if (this.#state === 'playing' || this.#state === 'cutting') {
      // A fade-out ends where it ends, not at the quantum's end: what it does not need stays queued.
      done = this.#gain.falling ? Math.min(frames, this.#gain.remaining) : frames
      this.#produce(done)
      for (let i = 0; i < done; i++) output[i] = this.#resampled[i] as number
      this.#gain.apply(output, 0, done)
      this.#ducker.apply(output, done)
    }
    output.fill(0, done)
    this.#clock += frames
    if (done > 0) this.#report(done)
    if (this.#gain.silent) {
      if (this.#state === 'cutting') this.#finishFlush()
      else if (this.#state === 'playing') this.#wait()
    }
  }

  /** Where the time line stands, in frames of the wire rate. */
  get #position(): number {
    return Math.round((this.#rendered * this.#wireRate) / this.#contextRate)
  }

  #find(epoch: number, itemId: string): PlaybackItem | undefined {
    if (epoch < this.#epoch) return undefined
    const items = this.#state === 'cutting' ? this.#next : this.#items
    for (const item of items) if (item.id === itemId) return item
    const item = new PlaybackItem(itemId)
    items.push(item)
    return item
  }

  /** Whether the voice may start: enough is queued, or what is queued is all there is. */
  #ready(quantum: number): boolean {
    const held = Math.round((this.#prebuffer.ms * this.#contextRate) / 1000)
    return this.#available(Math.max(held, quantum + this.#fadeFrames))
  }

  /** Whether this quantum can be rendered and a fade-out would still fit behind it. */
  #enough(quantum: number): boolean {
    return this.#available(quantum + this.#fadeFrames)
  }

  #available(frames: number): boolean {
    const needed = this.#resampler.inputFramesFor(frames)
    let queued = 0
    for (let i = this.#feeding; i < this.#items.length; i++) {
      const item = this.#items[i] as PlaybackItem
      queued += item.queue.length
      if (queued >= needed) return true
      if (!item.ended) return false
    }
    return true
  }

  #produce(frames: number): void {
    const needed = this.#resampler.inputFramesFor(frames)
    let filled = 0
    while (filled < needed) {
      const item = this.#items[this.#feeding]
      if (!item) break
      if (item.start < 0) item.start = this.#fed + filled
      const read = item.queue.read(this.#source, filled, needed - filled)
      item.fed += read
      filled += read
      if (!item.exhausted) break
      this.#feeding++
    }
    // Past the last item the time line runs on through silence, which rings the filter out.
    this.#source.fill(0, filled, needed)
    this.#fed += needed
    this.#resampler.process(this.#source, needed, this.#resampled, frames)
    this.#rendered += frames
  }

  #report(frames: number): void {
    const position = this.#position
    this.#sinceReport += frames
    const due = this.#sinceReport * REPORTS_PER_SECOND >= this.#contextRate
    let ended = 0
    for (let i = 0; i < this.#items.length; i++) {
      const item = this.#items[i] as PlaybackItem
      const rendered = item.renderedAt(position)
      if (rendered > 0 && !item.started) {
        item.started = true
        this.#listener('started', this.#epoch, item.id, rendered)
      }
      if (!item.exhausted || rendered < item.fed) {
        if (due && rendered > 0) this.#listener('position', this.#epoch, item.id, rendered)
        break
      }
      this.#listener('ended', this.#epoch, item.id, item.fed)
      this.#prebuffer.itemEnded()
      ended++
    }
    if (due) this.#sinceReport = 0
    if (ended > 0) this.#forget(ended)
  }

  #forget(ended: number): void {
    for (let i = ended; i < this.#items.length; i++) this.#items[i - ended] = this.#items[i] as PlaybackItem
    this.#items.length -= ended
    this.#feeding = Math.max(0, this.#feeding - ended)
    if (this.#items.length === 0 && this.#state === 'playing') this.#rest()
  }

  /** Silence is reached in mid-item: a pause, or nothing left to play. */
  #wait(): void {
    this.#state = 'buffering'
    if (this.#paused) return
    this.#prebuffer.underrun()
    for (const item of this.#items) item.started = false
    const item = this.#items[0]
    if (item) this.#listener('underrun', this.#epoch, item.id, item.renderedAt(this.#position))
  }

  #finishFlush(): void {
    const item = this.#items[0]
    const frames = item ? item.renderedAt(this.#position) : 0
    this.#items = this.#next
    this.#next = []
    this.#paused = false
    this.#prebuffer.itemEnded()
    this.#rest()
    if (this.#items.length > 0) this.#state = 'buffering'
    this.#listener('flushed', this.#epoch, frames > 0 && item ? item.id : '', frames)
  }

  /** The queue is empty: the next voice begins a new time line. */
  #rest(): void {
    this.#state = 'idle'
    this.#gain.reset()
    this.#ducker.reset()
    this.#resampler.reset()
    this.#feeding = 0
    this.#fed = 0
    this.#rendered = 0
  }

  #grow(frames: number): void {
    this.#resampled = new Float32Array(frames)
    // The first call asks for the filter's look-ahead too; no table reaches as far as 4,096 frames.
    this.#source = new Float32Array(Math.ceil((frames * this.#wireRate) / this.#contextRate) + 4096)
  }
}
