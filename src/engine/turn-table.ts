import { go, type StateTable } from '../core/state-table.ts'
import type { PipelineState } from './messages.ts'

/** Whose turn it is, in as much detail as deciding needs. */
export type TurnState =
  /** Nobody is answering. */
  | 'listening'
  /** An answer is expected or being generated; nothing of it is queued to be heard. */
  | 'thinking'
  /** The answer is generated to its end, and about to be heard. */
  | 'buffered'
  /** The answer is being heard while it is generated. */
  | 'speaking'
  /** The answer is generated to its end, and being heard. */
  | 'finishing'

/** What happens in a conversation. */
export type TurnInput =
  | 'speechStarted'
  | 'speechStopped'
  /** The user sent a typed message. */
  | 'messageSent'
  /** The application interrupts. */
  | 'interrupted'
  | 'responseStarted'
  /** A response ended, and another follows: a tool was called. */
  | 'responseContinues'
  /** A response ended, and there is nothing left to be heard. */
  | 'responseDone'
  /** A response ended, and some of its audio is still to be heard. */
  | 'responseQueued'
  /** The first audio of an item left the speaker's queue. */
  | 'soundStarted'
  /** The speaker's queue is empty. */
  | 'soundEnded'

/** `interrupt`: silence the speaker, and tell the model what was heard. */
export type TurnEffect = 'interrupt'

/** The user takes the turn from an answer that is under way. */
const takesTurn = {
  speechStarted: go('listening', 'interrupt'),
  messageSent: go('thinking', 'interrupt'),
  interrupted: go('listening', 'interrupt'),
} as const

/**
 * Turn-taking. Generation runs ahead of playback, so an answer has two ends: the model's and the
 * listener's, and they can come in either order.
 */
export const turnTable: StateTable<TurnState, TurnInput, TurnEffect> = {
  listening: {
    speechStarted: go('listening'),
    messageSent: go('thinking'),
    interrupted: go('listening'),
    speechStopped: go('thinking'),
    responseStarted: go('thinking'),
    responseContinues: go('thinking'),
    responseDone: go('listening'),
    responseQueued: go('buffered'),
    soundStarted: go('finishing'),
    soundEnded: go('listening'),
  },
  thinking: {
    ...takesTurn,
    speechStopped: go('thinking'),
    responseStarted: go('thinking'),
    responseContinues: go('thinking'),
    responseDone: go('listening'),
    responseQueued: go('buffered'),
    soundStarted: go('speaking'),
    soundEnded: go('thinking'),
  },
  buffered: {
    ...takesTurn,
    speechStopped: go('buffered'),
    responseStarted: go('thinking'),
    responseContinues: go('thinking'),
    responseDone: go('buffered'),
    responseQueued: go('buffered'),
    soundStarted: go('finishing'),
    soundEnded: go('listening'),
  },
  speaking: {
    ...takesTurn,
    speechStopped: go('speaking'),
    responseStarted: go('speaking'),
    responseContinues: go('speaking'),
    responseDone: go('finishing'),
    responseQueued: go('finishing'),
    soundStarted: go('speaking'),
    soundEnded: go('thinking'),
  },
  finishing: {
    ...takesTurn,
    speechStopped: go('finishing'),
    responseStarted: go('speaking'),
    responseContinues: go('speaking'),
    responseDone: go('finishing'),
    responseQueued: go('finishing'),
    soundStarted: go('finishing'),
    soundEnded: go('listening'),
  },
}

/** What a page is told. */
export const publicState: { readonly [S in TurnState]: PipelineState } = {
  listening: 'listening',
  thinking: 'thinking',
  buffered: 'thinking',
  speaking: 'speaking',
  finishing: 'speaking',
}
