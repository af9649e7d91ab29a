import { Microphone } from '../../../src/audio/microphone.ts'
import { MicrophoneInput } from '../../../src/engine/microphone-input.ts'
import type { MessagePortLike } from '../../../src/shared/messages.ts'
import { microphoneFrame } from '../../../src/shared/microphone-frame.ts'
import { pause } from './speaker-rig.ts'
import { installTap, type AudioTap } from './audio-tap.ts'

/** A real microphone, the engine's half of it, and a tap on what the device gives. */
export interface MicrophoneRig {
  readonly microphone: Microphone
  readonly tap: AudioTap
  /** Sequence number of each frame that came, in the order in which it came. */
  readonly sequences: readonly number[]
  /** Samples of each frame that was given to the model, in order. */
  readonly frames: readonly Int16Array[]
  /** Codes of the errors that were told. */
  readonly errors: readonly string[]
  /** Resolves when so many more frames have come. */
  captured(count: number): Promise<void>
}

/** Captures a stream with a tap beside. `vi.restoreAllMocks()` and `microphone.close()` undo it. */
export async function openMicrophone(stream: MediaStream, wireRate: number): Promise<MicrophoneRig> {
  const errors: string[] = []
  const tap = installTap('microphone')
  const microphone = await Microphone.open({
    source: stream,
    wireRate,
    muted: false,
    workletUrl: undefined,
    signal: new AbortController().signal,
    onError: ({ code }) => errors.push(code),
  })
  const sequences: number[] = []
  const frames: Int16Array[] = []
  const captured = async (count: number): Promise<void> => {
    const end = frames.length + count
    while (frames.length < end) await pause(5)
  }
  const input = new MicrophoneInput({
    onFrame: (samples) => frames.push(samples.slice()),
    onSpeech: () => {},
    onEcho: () => {},
  })
  input.attach(watched(microphone.connect(wireRate), sequences))
  input.open()
  return { microphone, tap, sequences, frames, errors, captured }
}

/** A port that notes the frames' sequence numbers, and changes nothing. */
function watched(port: MessagePort, sequences: number[]): MessagePortLike {
  return {
    set onmessage(listener: unknown) {
      port.onmessage = (event: MessageEvent<ArrayBuffer>) => {
        sequences.push(microphoneFrame(event.data).header[0] ?? -1)
        ;(listener as (event: MessageEvent) => void)(event)
      }
    },
    postMessage: (message: unknown, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer),
    close: () => port.close(),
  }
}

/** A stream of a caller's, and what plays into it. */
export interface SourceStream {
  readonly stream: MediaStream
  readonly context: AudioContext
  readonly source: AudioBufferSourceNode
}

/** A stream into which `source`, once it is started, plays samples, one array for each channel. */
export async function streamOf(channels: readonly Float32Array[], sampleRate: number): Promise<SourceStream> {
  const context = new AudioContext({ sampleRate })
  await context.resume()
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: channels.length })
  const buffer = new AudioBuffer({
    length: channels[0]?.length ?? 0,
    numberOfChannels: channels.length,
    sampleRate,
  })
  channels.forEach((channel, i) => buffer.getChannelData(i).set(channel))
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(destination)
  return { stream: destination.stream, context, source }
}
