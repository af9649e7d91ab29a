import type { Microphone, MicrophoneOptions } from './microphone.ts'
import type { release } from './microphone-stream.ts'
import type { microphoneTrouble, trouble } from './trouble.ts'

/* Loaded when a device is chosen. What a page has already it is given: bundlers would split it off. */

/** What {@link changeMicrophone} works with. */
export interface MicrophoneKit {
  readonly streamOf: (source: MicrophoneOptions | MediaStream) => Promise<MediaStream>
  readonly release: typeof release
  readonly microphoneTrouble: typeof microphoneTrouble
}

/** See `Microphone.change`. */
export async function changeMicrophone(
  microphone: Microphone,
  source: MicrophoneOptions | MediaStream,
  { streamOf, release, microphoneTrouble }: MicrophoneKit,
): Promise<void> {
  const stream = await streamOf(source)
  if (microphone.closed) return release(stream)
  try {
    microphone.path.listen(stream)
  } catch (cause) {
    release(stream)
    throw await microphoneTrouble(cause)
  }
  if (stream !== microphone.stream) release(microphone.stream)
  microphone.hold(stream, source)
}

/** Plays a context through another device. Rejects with an `AudioError`. */
export async function changeSink(
  audio: AudioContext,
  deviceId: string,
  makeError: typeof trouble,
): Promise<void> {
  // Chromium only, and not in TypeScript's library.
  const context = audio as AudioContext & { setSinkId?: (deviceId: string) => Promise<void> }
  if (!context.setSinkId) throw await makeError('noSinks')
  try {
    await context.setSinkId(deviceId === 'default' ? '' : deviceId)
  } catch (cause) {
    throw await makeError('noSpeaker', cause)
  }
}
