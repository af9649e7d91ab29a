import { Microphone, type MicrophoneSetup } from '../../../src/audio/microphone.ts'
import { isVivaVoceError } from '../../../src/core/errors.ts'

export const WIRE_RATE = 24_000
const opened = new Set<Microphone>()
const contexts = new Set<AudioContext>()

/** A microphone that {@link closeAll} closes. */
export async function openedMicrophone(setup: Partial<MicrophoneSetup> = {}): Promise<Microphone> {
  const microphone = await Microphone.open({
    source: {},
    wireRate: WIRE_RATE,
    muted: false,
    workletUrl: undefined,
    signal: new AbortController().signal,
    onError: () => {},
    ...setup,
  })
  opened.add(microphone)
  return microphone
}

/** A stream of a caller's, with a tone of 1 kHz in it. */
export interface ToneStream {
  readonly stream: MediaStream
  readonly context: AudioContext
  /** Amplitude of the tone. */
  readonly gain: AudioParam
}

/** A stream that {@link closeAll} ends. */
export async function toneStream(options?: AudioContextOptions): Promise<ToneStream> {
  const context = closedAtEnd(new AudioContext(options))
  await context.resume()
  const gain = new GainNode(context, { gain: 0.5 })
  const oscillator = new OscillatorNode(context, { frequency: 1000 })
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 })
  oscillator.connect(gain).connect(destination)
  oscillator.start()
  return { stream: destination.stream, context, gain: gain.gain }
}

/** A tone that begins anew each second, for 20 s. */
export async function burstStream(): Promise<ToneStream> {
  const sound = await toneStream()
  const { gain, context } = sound
  for (let burst = 0; burst < 20; burst++) {
    gain.setValueAtTime(0.001, context.currentTime + burst)
    gain.setValueAtTime(0.5, context.currentTime + burst + 0.5)
  }
  return sound
}

/** A context that {@link closeAll} closes. */
function closedAtEnd(context: AudioContext): AudioContext {
  contexts.add(context)
  return context
}

export async function closeAll(): Promise<void> {
  for (const microphone of opened) microphone.close()
  const open = [...contexts].filter(({ state }) => state !== 'closed')
  await Promise.all(open.map(async (context) => context.close()))
  opened.clear()
  contexts.clear()
}

/** The first stream that a spied `getUserMedia` gave. */
export async function firstStream(asked: {
  readonly mock: { readonly results: readonly { readonly value?: unknown }[] }
}): Promise<MediaStream> {
  return asked.mock.results[0]?.value as Promise<MediaStream>
}

/** What a promise rejects with: its code if it is ours. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return isVivaVoceError(error) ? error.code : String(error)
}
