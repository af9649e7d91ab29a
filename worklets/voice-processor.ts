import type {
  AgentLevel,
  LevelReport,
  LocalSpeechReaction,
  MessagePortLike,
  PlaybackCommand,
  PlaybackInput,
  PlaybackOptions,
  PlaybackPosition,
} from '../src/shared/messages.ts'
import { rmsOf } from '../src/shared/pcm.ts'
import type { PlayerEvent, PlayerListener } from '../src/shared/player.ts'

const LEVELS_PER_SECOND = 50

/** A {@link PlaybackInput} of any type. */
interface AnyInput {
  readonly type: PlaybackInput['type']
  readonly epoch: number
  readonly itemId: string
  readonly pcm: ArrayBuffer
}

/** What plays the agent's voice. */
interface Voice {
  /** Whether it is audible. */
  readonly sounding: boolean
  write?(epoch: number, itemId: string, pcm: Int16Array): void
  play?(epoch: number, itemId: string): void
  end(epoch: number, itemId: string): void
  flush(epoch: number): void
  pause(): void
  resume(): void
  duck(): void
  render(output: Float32Array, input?: Float32Array): void
}

/**
 * The speaker's side of the audio thread.
 *
 * Real-time contract: `process` makes no object. Reports go out in objects that are reused, since
 * posting copies them.
 */
export function voiceProcessor(
  makeVoice: (wireRate: number, contextRate: number, listener: PlayerListener) => Voice,
): AudioWorkletProcessorConstructor {
  return class extends AudioWorkletProcessor {
    #voice: Voice
    readonly #onLocalSpeech: LocalSpeechReaction
    readonly #report: Writable<PlaybackPosition<PlayerEvent>> = {
      type: 'position',
      epoch: 0,
      itemId: '',
      frames: 0,
    }
    readonly #levelReport: LevelReport = { type: 'level', level: 0 }
    #squares = 0
    #measured = 0
    #engine: MessagePortLike | undefined
    #peer: MessagePortLike | undefined

    constructor({ processorOptions }: { processorOptions: PlaybackOptions }) {
      super()
      this.#onLocalSpeech = processorOptions.onLocalSpeech
      this.#voice = this.#newVoice(processorOptions.wireRate)
      this.port.onmessage = ({ data }: { data: PlaybackCommand }) => {
        if (data.type === 'connect') this.#connect(data.port, data.wireRate)
        else this.#connectPeer(data.port)
      }
    }

    process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
      const channel = outputs[0]?.[0]
      if (!channel) return true
      this.#voice.render(channel, inputs[0]?.[0])
      this.#measure(channel)
      return true
    }

    #measure(channel: Float32Array): void {
      const rms = rmsOf(channel, 0, channel.length)
      this.#squares += rms * rms * channel.length
      this.#measured += channel.length
      if (this.#measured * LEVELS_PER_SECOND < sampleRate) return
      const level: AgentLevel = Math.sqrt(this.#squares / this.#measured)
      this.#squares = 0
      this.#measured = 0
      if (level === 0 && this.#levelReport.level === 0) return
      this.#levelReport.level = level
      this.port.postMessage(this.#levelReport)
      this.#peer?.postMessage(level)
    }

    #newVoice(wireRate: number): Voice {
      return makeVoice(wireRate, sampleRate, (event, epoch, itemId, frames) => {
        this.#report.type = event
        this.#report.epoch = epoch
        this.#report.itemId = itemId
        this.#report.frames = frames
        this.#engine?.postMessage(this.#report)
      })
    }

    #connect(port: MessagePortLike, wireRate: number): void {
      // Another engine counts epochs anew.
      if (this.#engine) this.#voice = this.#newVoice(wireRate)
      const voice = this.#voice
      this.#engine = port
      port.onmessage = ({ data: { type, epoch, itemId, pcm } }: { data: AnyInput }) => {
        if (type === 'audio') voice.write?.(epoch, itemId, new Int16Array(pcm))
        // Some are told more than they ask for.
        else voice[type]?.(epoch, itemId)
      }
    }

    #connectPeer(port: MessagePortLike): void {
      this.#peer = port
      port.onmessage = () => {
        if (!this.#voice.sounding) return
        if (this.#onLocalSpeech === 'duck') this.#voice.duck()
        else if (this.#onLocalSpeech === 'cut') this.#voice.pause()
      }
    }
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
