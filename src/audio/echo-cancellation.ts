import type { MicrophoneOptions } from './microphone-options.ts'

/** Whether the browser cancels the echo of the page's sound, as far as that was asked for and it tells. */
export function cancelsEcho(stream: MediaStream, { echoCancellation = true }: MicrophoneOptions): boolean {
  // Chromium also has strings, which TypeScript's library does not know.
  const setting: unknown = stream.getAudioTracks()[0]?.getSettings().echoCancellation
  // 'remote-only' cancels the voices of peer connections, and no other sound of the page.
  return !echoCancellation || (setting !== false && setting !== 'remote-only')
}
