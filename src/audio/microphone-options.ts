import type { CapturePath, CaptureSetup } from './capture-path.ts'

/** Another way to take the microphone's samples. Made by `fastCapture()`. */
export interface CaptureChoice {
  /** @internal Rejects where it cannot be had: then a worklet does it. */
  open(setup: CaptureSetup): Promise<CapturePath>
}

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
   * How the microphone's samples are taken from the browser: `fastCapture()`. It holds for the whole
   * conversation, whatever microphone or stream is changed to. Default: by a worklet, everywhere.
   */
  readonly capture?: CaptureChoice
}
