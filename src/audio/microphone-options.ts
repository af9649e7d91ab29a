/** Which microphone, what the browser does to its sound, and how it is captured. */
export interface MicrophoneOptions {
  /** From `listMicrophones()`. Default: `'default'`, the system's. */
  readonly deviceId?: string
  /** Default `true`: without it the agent hears, and interrupts, itself. */
  readonly echoCancellation?: boolean
  /** Default `true`. */
  readonly noiseSuppression?: boolean
  /** Default `true`. */
  readonly autoGainControl?: boolean
  /**
   * How the microphone's samples are taken from the browser. `'worklet'`, the default, works everywhere.
   * `'fast'` reads the track itself in a Worker (`MediaStreamTrackProcessor`), which saves 20 to 30 ms of
   * latency: only Chromium has that. Elsewhere, and where the page's Content-Security-Policy blocks Workers
   * from `blob:` and `data:` (`worker-src`, else `script-src`), the worklet is used instead, without an error.
   * It holds for the whole conversation, whatever microphone or stream is changed to.
   */
  readonly capture?: 'worklet' | 'fast'
}
