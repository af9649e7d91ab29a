import listeningCaptureSource from '../../worklets/listening-capture.worklet.ts?worklet'
import type { Listenable } from '../core/emitter.ts'
import type { LocalSpeechReaction } from '../shared/messages.ts'
import type { Microphone } from './microphone.ts'
import type { Speaker } from './speaker.ts'

/** An echo louder than this, so surely, so often in a row, is one that nobody cancels. */
const ECHO_DB = -20
const ECHO_CORRELATION = 0.6
const ECHOES = 2

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
  /** @internal Joins a microphone and a speaker, until `signal` aborts. */
  attach(microphone: Microphone, speaker: Speaker, page: LocalSpeechPage): void
}

/** What tells of the conversation, and is told of it. */
export interface LocalSpeechPage {
  readonly events: Pick<Listenable<LocalSpeechEvents>, 'on'>
  readonly signal: AbortSignal
  /** Whether a track is to be silent as well. */
  readonly hush: (on: boolean) => void
}

interface LocalSpeechEvents {
  stateChanged: { readonly state: string }
  echo: { readonly estimateDb: number; readonly correlation: number }
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
  return {
    reaction,
    halfDuplex,
    workletSource: listeningCaptureSource,
    attach(microphone, speaker, { events, signal, hush }) {
      const { port1, port2 } = new MessageChannel()
      let alternating = false
      let echoes = 0
      const alternate = (): void => {
        alternating = true
        microphone.command({ type: 'halfDuplex', on: true })
      }
      if (halfDuplex === 'always') alternate()
      microphone.command({ type: 'connectPeer', port: port1 }, [port1])
      speaker.command({ type: 'connectPeer', port: port2 }, [port2])
      events.on(
        'echo',
        ({ estimateDb, correlation }) => {
          echoes = estimateDb > ECHO_DB && correlation > ECHO_CORRELATION ? echoes + 1 : 0
          if (echoes === ECHOES && halfDuplex === 'auto') alternate()
        },
        { signal },
      )
      events.on('stateChanged', ({ state }) => hush(alternating && state === 'speaking'), { signal })
    },
  }
}
