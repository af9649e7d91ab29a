import listeningCaptureSource from '../../worklets/listening-capture.worklet.ts?worklet'
import type { LocalSpeechReaction } from '../shared/messages.ts'

/** How a page reacts to what its microphone hears, before the model has said anything. */
export interface LocalSpeechOptions {
  /**
   * What the speaker does at once when the microphone hears the user speak: turn the agent down by 18 dB
   * until the model interrupts it or 0.7 s are over (`'duck'`), interrupt the agent (`'cut'`), or nothing
   * (`'off'`: there are only the events). Default `'duck'`.
   */
  readonly reaction?: LocalSpeechReaction
  /**
   * Whether the model gets silence while the agent is audible, so that it cannot hear itself: `'auto'` from
   * when the browser's echo cancellation is measured not to work, or `'always'`. The user can then
   * interrupt only by `interrupt()` or a message. Default `'never'`.
   */
  readonly halfDuplex?: 'never' | 'auto' | 'always'
}

/** Made by {@link localSpeech}. */
export interface LocalSpeech extends Required<LocalSpeechOptions> {
  /** @internal The capture worklet that listens. */
  readonly workletSource: string
}

/**
 * Lets a pipeline listen to its microphone on the audio thread: the agent's voice goes down the moment the
 * user speaks, without asking the page or the model, and echo is measured. It is a function of its own so
 * that a page without it does not load it.
 */
export function localSpeech({
  reaction = 'duck',
  halfDuplex = 'never',
}: LocalSpeechOptions = {}): LocalSpeech {
  return { reaction, halfDuplex, workletSource: listeningCaptureSource }
}
