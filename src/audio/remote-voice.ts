import remoteSource from '../../worklets/remote.worklet.ts?worklet'
import type { Speaker, SpeakerWorklet } from './speaker.ts'

/** The speaker of a voice that comes as a WebRTC track: a gate on the audio thread lets it pass. */
export class RemoteVoice {
  /** Speaks the same protocol as one that is fed with samples. */
  readonly speaker: Speaker
  /** Chromium lets a remote track into Web Audio only while an element has it as well. */
  readonly #element = new Audio()
  #source: MediaStreamAudioSourceNode | undefined

  private constructor(speaker: Speaker) {
    this.speaker = speaker
    this.#element.muted = true
  }

  /** @param openSpeaker Opens a speaker with this worklet. It is closed with the voice. */
  static async open(openSpeaker: (worklet: SpeakerWorklet) => Promise<Speaker>): Promise<RemoteVoice> {
    // Chromium gives a voice of one channel as two.
    const inputs: AudioWorkletNodeOptions = { channelCount: 1, channelCountMode: 'explicit' }
    return new RemoteVoice(await openSpeaker({ name: 'remote', source: remoteSource, inputs }))
  }

  /** Takes the voice from this stream, and no longer from the one before. */
  listen(stream: MediaStream): void {
    const { context } = this.speaker
    if (context.state === 'closed') return
    this.#source?.disconnect()
    this.#element.srcObject = stream
    this.#source = context.createMediaStreamSource(stream)
    this.speaker.feed(this.#source)
  }

  /** Lets go of the stream and closes the speaker. Idempotent. */
  close(): void {
    this.#element.srcObject = null
    this.#source?.disconnect()
    this.#source = undefined
    this.speaker.close()
  }
}
