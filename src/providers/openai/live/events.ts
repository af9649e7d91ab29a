import type { ModelEvents } from '../../model.ts'
import type { RawEvent } from '../events.ts'

/** What one side said. */
export interface LiveWords {
  readonly role: 'user' | 'agent'
  readonly text: string
}

/** Work that the voice gives to the application. OpenAI does not say what it is: `transcript` does. */
export interface LiveDelegation {
  readonly id: string
  /** When the voice asked, in ms of the session. */
  readonly offsetMs: number
  /**
   * What was said lately, oldest first; the end is what is to be done. It grows as long as it is looked at:
   * words may come later than the work that they ask for.
   */
  readonly transcript: readonly LiveWords[]
  /**
   * Tells the voice what came of it. May be called more than once.
   * @param options `speak`: whether it is to be said; otherwise it is only to be known. Default `true`.
   */
  reply(this: void, text: string, options?: { readonly speak?: boolean }): void
  /** Says that nothing more comes. A reply that is spoken says so too. */
  done(this: void): void
}

/** Events of `OpenAILive`. */
export interface OpenAILiveEvents extends ModelEvents {
  /** A message of the service's, as it came, before anything else is made of it. */
  serverEvent: RawEvent
  /**
   * The voice gives work to the application: only with `delegation: { type: 'client' }`. If nobody listens,
   * the voice is told that the work cannot be done.
   */
  delegated: LiveDelegation
}
