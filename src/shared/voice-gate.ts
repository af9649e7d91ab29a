import { Ducker } from './ducker.ts'
import { GainRamp } from './gain-ramp.ts'
import type { PlayerListener } from './player.ts'

const FADE_SECONDS = 0.003
const REPORTS_PER_SECOND = 30
/** −60 dBFS. */
const SOUND = 0.001
/** A flushed answer still comes out of the jitter buffer: the next one waits for so much quiet, … */
const QUIET_SECONDS = 0.01
/** … but no longer than that. */
const STALE_SECONDS = 0.25
/** `end` overtakes the voice for the same reason: an item ends when it was quiet for so long, … */
const TAIL_QUIET_SECONDS = 0.1
/** … or that long after its `end`. */
const TAIL_SECONDS = 0.5

/**
 * The remote worklet without the worklet: lets a live voice pass while one of its items is open, and
 * counts how much of it was heard. What comes while no item is open is not heard.
 *
 * Real-time contract: `render` does not allocate.
 */
export class VoiceGate {
  readonly #wireRate: number
  readonly #contextRate: number
  readonly #listener: PlayerListener
  readonly #gain: GainRamp
  readonly #ducker: Ducker

  #epoch = 0
  /** Of the open item, or of the one that is being cut. */
  #itemId = ''
  #state: 'idle' | 'open' | 'ending' = 'idle'
  /** Whether nothing stale can come any more. */
  #fresh = false
  /** Frames of the item that were heard, from its first sound on, at the context's rate. */
  #heard = 0
  /** Frames after its `end`, and those since the last sound in them: they only count if more sound follows. */
  #tail = 0
  #tailQuiet = 0
  #cutting = false
  #cutId = ''
  #cutHeard = 0
  #paused = false
  #sinceReport = 0
  /** Frames since the last sound or flush. */
  #quiet = 0
  #sinceFlush = Infinity

  /**
   * @param wireRate Rate that frames are counted at, Hz.
   * @param contextRate Rate of what is rendered, Hz.
   */
  constructor(wireRate: number, contextRate: number, listener: PlayerListener) {
    this.#wireRate = wireRate
    this.#contextRate = contextRate
    this.#listener = listener
    this.#gain = new GainRamp(Math.ceil(FADE_SECONDS * contextRate))
    this.#ducker = new Ducker(contextRate)
  }

  /** What comes from now on is the item's. An item that is still open is over. */
  play(epoch: number, itemId: string): void {
    if (epoch < this.#epoch || (this.#state !== 'idle' && itemId === this.#itemId)) return
    if (this.#state !== 'idle') this.#end()
    this.#itemId = itemId
    this.#state = 'open'
    this.#heard = 0
    this.#tail = 0
    this.#tailQuiet = 0
  }

  /** Says that no more is sent of an item. It ends when what is under way was heard. */
  end(epoch: number, itemId: string): void {
    if (epoch < this.#epoch || this.#state !== 'open' || itemId !== this.#itemId) return
    this.#state = 'ending'
  }

  /** Fades to silence until {@link VoiceGate.resume}; what comes meanwhile is lost. */
  pause(): void {
    this.#paused = true
  }

  /** Goes on with what comes now. */
  resume(): void {
    this.#paused = false
  }

  /** Whether a voice is sounding. */
  get sounding(): boolean {
    return this.#state !== 'idle' && this.#heard > 0
  }

  /** Turns the voice down; it comes back by itself unless a flush follows. */
  duck(): void {
    this.#ducker.duck()
  }

  /** Fades to silence and shuts until the next `play`. Reports `flushed` when it is silent. */
  flush(epoch: number): void {
    if (epoch <= this.#epoch) return
    const cut = this.#epoch
    this.#epoch = epoch
    this.#sinceFlush = 0
    this.#quiet = 0
    this.#fresh = false
    const sounding = this.sounding
    this.#state = 'idle'
    if (this.#cutting) return
    this.#cutting = true
    this.#cutId = sounding ? this.#itemId : ''
    this.#cutHeard = sounding ? this.#heard : 0
    if (this.#gain.silent) return this.#finishFlush()
    // A suspended context does not render the fade, and `flushed` waits for that: this is exact till then.
    if (sounding) this.#tell('position', cut, this.#cutId, this.#cutHeard)
    this.#gain.target = 0
  }

  /** Fills `output` with what passes of `input`, a quantum of any length; without one it is silence. */
  render(output: Float32Array, input?: Float32Array): void {
    const frames = output.length
    const sound = input !== undefined && isSound(input)
    this.#freshen(frames, sound)
    if (!this.#cutting) this.#gain.target = this.#state !== 'idle' && this.#fresh && !this.#paused ? 1 : 0
    const passing = this.#gain.falling ? Math.min(frames, this.#gain.remaining) : frames
    if (input) output.set(input)
    else output.fill(0)
    this.#gain.apply(output, 0, frames)
    this.#ducker.apply(output, frames)
    if (this.#cutting) this.#cutHeard += this.#cutId ? passing : 0
    else if (this.#state !== 'idle' && this.#fresh) this.#count(frames, passing, sound)
    if (!this.#gain.silent) return
    if (this.#cutting) this.#finishFlush()
    else if (this.#state === 'idle') this.#ducker.reset()
  }

  /** Sound that was on before an item was open, soon after a flush, is taken for what was flushed. */
  #freshen(frames: number, sound: boolean): void {
    const long = this.#sinceFlush >= STALE_SECONDS * this.#contextRate
    if (long || (this.#state !== 'idle' && this.#quiet >= QUIET_SECONDS * this.#contextRate))
      this.#fresh = true
    this.#quiet = sound ? 0 : this.#quiet + frames
    this.#sinceFlush += frames
  }

  #count(frames: number, passing: number, sound: boolean): void {
    if (this.#heard > 0 || (sound && passing > 0)) this.#add(passing, sound)
    if (this.#state !== 'ending' || this.#paused) return
    this.#tail += frames
    const quiet = Math.min(this.#quiet, this.#tail)
    if (quiet >= TAIL_QUIET_SECONDS * this.#contextRate || this.#tail >= TAIL_SECONDS * this.#contextRate) {
      this.#end()
    }
  }

  #add(passing: number, sound: boolean): void {
    const first = this.#heard === 0
    this.#tailQuiet += passing
    if (sound || this.#state === 'open') {
      this.#heard += this.#tailQuiet
      this.#tailQuiet = 0
    }
    this.#sinceReport += passing
    if (first) this.#tell('started', this.#epoch, this.#itemId, this.#heard)
    else if (passing > 0 && this.#sinceReport * REPORTS_PER_SECOND >= this.#contextRate) {
      this.#tell('position', this.#epoch, this.#itemId, this.#heard)
    }
  }

  #end(): void {
    this.#state = 'idle'
    this.#tell('ended', this.#epoch, this.#itemId, this.#heard)
  }

  #finishFlush(): void {
    this.#cutting = false
    this.#paused = false
    this.#ducker.reset()
    this.#tell('flushed', this.#epoch, this.#cutId, this.#cutHeard)
  }

  #tell(event: Parameters<PlayerListener>[0], epoch: number, itemId: string, frames: number): void {
    this.#sinceReport = 0
    this.#listener(event, epoch, itemId, Math.round((frames * this.#wireRate) / this.#contextRate))
  }
}

function isSound(samples: Float32Array): boolean {
  for (let i = 0; i < samples.length; i++) if (Math.abs(samples[i] as number) >= SOUND) return true
  return false
}
