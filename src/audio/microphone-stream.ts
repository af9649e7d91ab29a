import type { MicrophoneOptions } from './microphone-options.ts'
import { microphoneTrouble, trouble } from './trouble.ts'

/** Streams that were asked of the browser here. A caller's stream is never stopped. */
const owned = new WeakSet<MediaStream>()

/** Asks the browser, and it the user, for a microphone. Rejects with a `MicrophoneError`. */
export async function askForMicrophone(options: MicrophoneOptions): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia)
    throw await trouble(isSecureContext ? 'noMicrophone' : 'insecure')
  const { deviceId, echoCancellation = true, noiseSuppression = true, autoGainControl = true } = options
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        echoCancellation,
        noiseSuppression,
        autoGainControl,
        channelCount: { ideal: 1 },
        ...(deviceId && deviceId !== 'default' ? { deviceId: { exact: deviceId } } : {}),
      },
    })
    owned.add(stream)
    return stream
  } catch (cause) {
    throw await microphoneTrouble(cause)
  }
}

/** A caller's stream, checked. Rejects with a `MicrophoneError` if it has no audio. */
export async function withAudio(stream: MediaStream): Promise<MediaStream> {
  if (stream.getAudioTracks().length > 0) return stream
  throw await trouble('noAudio')
}

/** Switches a microphone off, if it was asked for here. */
export function release(stream: MediaStream): void {
  if (!owned.has(stream)) return
  for (const track of stream.getTracks()) track.stop()
}
