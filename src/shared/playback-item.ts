import { SampleQueue } from './sample-queue.ts'

/** The audio of one item on its way through the player. Frames are counted at the wire rate. */
export class PlaybackItem {
  readonly id: string
  readonly queue: SampleQueue = new SampleQueue()
  /** No more audio will come. */
  ended = false
  /** The first frame has been rendered. */
  started = false
  /** Where the item begins on the player's time line, once its first frame has been fed. */
  start = -1
  /** Frames given to the resampler. */
  fed = 0

  constructor(id: string) {
    this.id = id
  }

  /** Whether all of the item is in the resampler. */
  get exhausted(): boolean {
    return this.ended && this.queue.length === 0
  }

  /** Frames rendered when the time line stands at `position`. */
  renderedAt(position: number): number {
    return this.start < 0 ? 0 : Math.min(this.fed, Math.max(0, position - this.start))
  }
}
