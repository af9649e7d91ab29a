import { chromium, type Browser } from 'playwright'

/** What the page's microphone hears. */
export interface LaunchOptions {
  /** A WAV file that plays once as the microphone. Default: Chromium's beep. */
  readonly microphoneWav?: string
  readonly extraArgs?: readonly string[]
}

/** Starts the browser that `npm test` found. */
export async function launchChromium({
  microphoneWav,
  extraArgs = [],
}: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
    args: [
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      ...(microphoneWav ? [`--use-file-for-fake-audio-capture=${microphoneWav}%noloop`] : []),
      ...extraArgs,
    ],
  })
}
