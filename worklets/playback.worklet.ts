/*
 * The speaker's side of the audio thread.
 *
 * Real-time contract: `process` makes no object. Reports go out in objects that are reused, since
 * posting copies them.
 */
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
import { Player, type PlayerEvent } from '../src/shared/player.ts'

const LEVELS_PER_SECOND = 50

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #player: Player
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
    this.#player = new Player(processorOptions.wireRate, sampleRate, (event, epoch, itemId, frames) => {
      this.#report.type = event
      this.#report.epoch = epoch
      this.#report.itemId = itemId
      this.#report.frames = frames
      this.#engine?.postMessage(this.#report)
    })
    this.port.onmessage = ({ data }: { data: PlaybackCommand }) => {
      if (data.type === 'connect') this.#connect(data.port)
      else this.#connectPeer(data.port)
    }
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channel = outputs[0]?.[0]
    if (!channel) return true
    this.#player.render(channel)
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

  #connect(port: MessagePortLike): void {
    this.#engine = port
    port.onmessage = ({ data }: { data: PlaybackInput }) => {
      if (data.type === 'audio') this.#player.write(data.epoch, data.itemId, new Int16Array(data.pcm))
      else if (data.type === 'end') this.#player.end(data.epoch, data.itemId)
      else if (data.type === 'flush') this.#player.flush(data.epoch)
      else if (data.type === 'pause') this.#player.pause()
      else this.#player.resume()
    }
  }

  #connectPeer(port: MessagePortLike): void {
    this.#peer = port
    port.onmessage = () => {
      if (!this.#player.sounding) return
      if (this.#onLocalSpeech === 'duck') this.#player.duck()
      else if (this.#onLocalSpeech === 'cut') this.#player.pause()
    }
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

registerProcessor('vivavoce-playback', PlaybackProcessor)
