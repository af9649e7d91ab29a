import type { ToolCall } from '../agent/tool-call.ts'
import type { Listenable } from '../core/emitter.ts'
import type { PipelineState } from '../engine/messages.ts'
import { checkVolume, loadSound, type AmbienceSound, type LoadedSound } from './ambience-sound.ts'

/** A tool that is quicker than this makes no sound. */
const THINKING_DELAY_SECONDS = 0.3
const FADE_SECONDS = 0.1
const DUCK_SECONDS = 0.3
/** What is left of the background while the agent speaks: −6 dB. */
const DUCKED = 0.5
/** A fade that approaches its end has come within 1 % of it after so many time constants. */
const TIME_CONSTANTS = 5

/** The part of a pipeline's events that sounds follow. */
export interface AmbienceSource {
  stateChanged: { readonly state: PipelineState }
  toolCalled: Pick<ToolCall, 'callId'>
  toolFinished: Pick<ToolCall, 'callId'>
}

/** The part of a pipeline that {@link ambience} works with. */
export interface AmbientPipeline extends Listenable<AmbienceSource> {
  readonly state: PipelineState
  /** Where the agent's voice is played, while there is such a thing. */
  readonly speakerContext: AudioContext | undefined
}

/** What is to be heard besides voices. */
export interface AmbienceOptions {
  /** All the time, and more softly while the agent speaks: the noise of an office. */
  readonly background?: AmbienceSound
  /** While the user waits for a tool: from 300 ms on. `true`: soft ticks. */
  readonly thinking?: AmbienceSound | true
  /** Stops it too. */
  readonly signal?: AbortSignal
}

/** Sounds that are mixed with a conversation. */
export interface Ambience {
  /**
   * Changes how loud a sound is, at once if it is heard: 0 to 1.
   * @throws OptionError if it is not.
   */
  setVolume(sound: 'background' | 'thinking', volume: number): void
  /** Fades everything out, for good. Idempotent. */
  stop(): void
}

/**
 * Mixes sounds with the agent's voice, from the beginning of each conversation to its end. They go past the
 * voice's own worklet, and so change neither its clock nor what is said to have been heard. Where the
 * pipeline has no speaker, they are not heard.
 *
 * ```ts
 * await ambience(pipeline, { background: { source: '/office.mp3', volume: 0.1 }, thinking: true })
 * ```
 *
 * Resolves when the sounds are loaded. Rejects with an `OptionError`, or with an `AudioError` that names a
 * source that cannot be loaded or decoded.
 */
export async function ambience(
  pipeline: AmbientPipeline,
  { background, thinking, signal }: AmbienceOptions,
): Promise<Ambience> {
  const life = new AbortController()
  const stopped = signal ? AbortSignal.any([signal, life.signal]) : life.signal
  /** Calls that run, also those that began while the sounds were loaded. */
  const running = new Set<string>()
  const listening = { signal: stopped }
  pipeline.on('toolCalled', ({ callId }) => running.add(callId) && follow(), listening)
  pipeline.on('toolFinished', ({ callId }) => running.delete(callId) && follow(), listening)
  const channels: Partial<Record<'background' | 'thinking', Channel>> = {}
  let context: AudioContext | undefined

  const follow = (): void => {
    const { state, speakerContext } = pipeline
    const live = !stopped.aborted && !['idle', 'connecting', 'closed'].includes(state)
    if (!live) running.clear()
    const next = live ? speakerContext : undefined
    if (next !== context) {
      context = next
      for (const channel of Object.values(channels)) channel.end()
    }
    if (!context) return
    channels.background?.play(context, 0, state === 'speaking' ? DUCKED : 1)
    const waits = state === 'thinking' && running.size > 0
    if (waits) channels.thinking?.play(context, THINKING_DELAY_SECONDS, 1)
    else channels.thinking?.end()
  }
  pipeline.on('stateChanged', follow, listening)
  stopped.addEventListener('abort', follow)
  try {
    const [behind, waiting] = await Promise.all([
      background && loadSound('background', background, pipeline.speakerContext),
      thinking && loadSound('thinking', thinking, pipeline.speakerContext),
    ])
    if (behind) channels.background = new Channel(behind)
    if (waiting) channels.thinking = new Channel(waiting)
  } catch (error) {
    life.abort()
    throw error
  }
  follow()
  return {
    setVolume: (sound, volume) => {
      checkVolume('volume', volume)
      channels[sound]?.setVolume(volume)
    },
    stop: () => life.abort(),
  }
}

/** One sound, which is heard or not. */
class Channel {
  readonly #sound: LoadedSound
  #volume: number
  #level = 1
  #voice: { readonly source: AudioBufferSourceNode; readonly gain: GainNode } | undefined

  constructor(sound: LoadedSound) {
    this.#sound = sound
    this.#volume = sound.volume
  }

  setVolume(volume: number): void {
    this.#volume = volume
    if (this.#voice) this.#fade(this.#voice.gain, volume * this.#level, FADE_SECONDS)
  }

  /** Plays from the beginning, or goes on. `level`: its share of the volume. */
  play(context: AudioContext, delaySeconds: number, level: number): void {
    if (this.#voice) {
      if (level !== this.#level) this.#fade(this.#voice.gain, this.#volume * level, DUCK_SECONDS)
      this.#level = level
      return
    }
    const { buffer, loop } = this.#sound
    const source = new AudioBufferSourceNode(context, { buffer, loop })
    const gain = new GainNode(context, { gain: 0 })
    this.#level = level
    this.#voice = { source, gain }
    source.connect(gain).connect(context.destination)
    source.onended = () => gain.disconnect()
    source.start(context.currentTime + delaySeconds)
    this.#fade(gain, this.#volume * level, FADE_SECONDS, delaySeconds)
  }

  /** Fades out. */
  end(): void {
    if (!this.#voice) return
    const { source, gain } = this.#voice
    this.#voice = undefined
    this.#fade(gain, 0, FADE_SECONDS)
    source.stop(gain.context.currentTime + FADE_SECONDS)
  }

  #fade({ gain, context }: GainNode, volume: number, seconds: number, delaySeconds = 0): void {
    // What was planned and has not begun is taken back. From a gain that moves, this goes on smoothly.
    gain.cancelScheduledValues(context.currentTime)
    gain.setTargetAtTime(volume, context.currentTime + delaySeconds, seconds / TIME_CONSTANTS)
  }
}
