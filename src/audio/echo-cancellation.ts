import { MicrophoneError } from '../core/errors.ts'
import type { MicrophoneOptions } from './microphone-options.ts'

/** The error of a microphone that was to cancel echo and does not; none if it does or does not say. */
export function echoError(
  stream: MediaStream,
  { echoCancellation = true }: MicrophoneOptions,
): MicrophoneError | undefined {
  // Chromium also has strings, which TypeScript's library does not know.
  const setting: unknown = stream.getAudioTracks()[0]?.getSettings().echoCancellation
  // 'remote-only' cancels the voices of peer connections, and no other sound of the page.
  if (!echoCancellation || (setting !== false && setting !== 'remote-only')) return undefined
  return new MicrophoneError(
    'The microphone does not cancel echo: use headphones, or halfDuplex of localSpeech().',
    { code: 'echo-not-cancelled' },
  )
}
