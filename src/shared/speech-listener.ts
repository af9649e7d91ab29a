import { EchoMeter, type EchoEstimate } from './echo-meter.ts'
import type { CaptureListener } from './recorder.ts'
import { VoiceActivity } from './voice-activity.ts'

/** −60 dBFS: below it the agent is not audible. */
const AUDIBLE = 0.001
/** How long the agent's voice stays in the room, and on its way through the devices. */
const ROOM_SECONDS = 0.3

/** What a {@link SpeechListener} tells of. Called on the audio thread: it must not allocate. */
export interface SpeechListenerEvents {
  /** The user began to speak. */
  onSpeech(): void
  /** There is a new estimate of the echo. It is reused: copy it. */
  onEcho(estimate: EchoEstimate): void
}

/**
 * Listens to the microphone on the audio thread: for the user's voice, and for the agent's that comes
 * back from the speaker.
 *
 * Real-time contract: nothing is allocated after construction.
 */
export class SpeechListener implements CaptureListener {
  readonly #deviceRate: number
  readonly #events: SpeechListenerEvents
  readonly #voice: VoiceActivity
  readonly #echo = new EchoMeter()
  #halfDuplex = false
  #agentLevel = 0
  /** Frames until the agent's voice is out of the room. */
  #agentFrames = 0

  /** @param deviceRate Rate of what will be heard, Hz. */
  constructor(deviceRate: number, events: SpeechListenerEvents) {
    this.#deviceRate = deviceRate
    this.#events = events
    this.#voice = new VoiceActivity(deviceRate)
  }

  get speaking(): boolean {
    return this.#voice.speaking
  }

  /** While on, the model gets silence as long as the agent is audible. */
  set halfDuplex(on: boolean) {
    this.#halfDuplex = on
  }

  /** Takes how loud the agent's voice is at the speaker: root mean square, 0 to 1. */
  set agentLevel(level: number) {
    this.#agentLevel = level
    this.#voice.agentLevel(level)
    if (level > AUDIBLE) this.#agentFrames = ROOM_SECONDS * this.#deviceRate
  }

  hear(samples: Float32Array, frames: number, muted: boolean): boolean {
    const allowed = !(this.#halfDuplex && this.#agentFrames > 0)
    this.#agentFrames = Math.max(0, this.#agentFrames - frames)
    const changed = this.#voice.write(samples, frames)
    if (changed && this.#voice.speaking && allowed && !muted) this.#events.onSpeech()
    return allowed
  }

  measure(level: number): void {
    if (this.#echo.write(level, this.#agentLevel)) this.#events.onEcho(this.#echo.estimate)
  }
}
