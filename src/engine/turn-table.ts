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

const listening = go('listening')
const thinking = go('thinking')
const buffered = go('buffered')
const speaking = go('speaking')
const finishing = go('finishing')
const silenced = go('listening', 'interrupt')

/** The user takes the turn from an answer that is under way. */
const takesTurn = {
  speechStarted: silenced,
  messageSent: go('thinking', 'interrupt'),
  interrupted: silenced,
} as const

/**
 * Turn-taking. Generation runs ahead of playback, so an answer has two ends: the model's and the
 * listener's, and they can come in either order.
 */
export const turnTable: StateTable<TurnState, TurnInput, TurnEffect> = {
  listening: {
    speechStarted: listening,
    messageSent: thinking,
    interrupted: listening,
    speechStopped: thinking,
    responseStarted: thinking,
    responseContinues: thinking,
    responseDone: listening,
    responseQueued: buffered,
    soundStarted: finishing,
    soundEnded: listening,
  },
  thinking: {
    ...takesTurn,
    speechStopped: thinking,
    responseStarted: thinking,
    responseContinues: thinking,
    responseDone: listening,
    responseQueued: buffered,
    soundStarted: speaking,
    soundEnded: thinking,
  },
  buffered: {
    ...takesTurn,
    speechStopped: buffered,
    responseStarted: thinking,
    responseContinues: thinking,
    responseDone: buffered,
    responseQueued: buffered,
    soundStarted: finishing,
    soundEnded: listening,
  },
  speaking: {
    ...takesTurn,
    speechStopped: speaking,
    responseStarted: speaking,
    responseContinues: speaking,
    responseDone: finishing,
    responseQueued: finishing,
    soundStarted: speaking,
    soundEnded: thinking,
  },
  finishing: {
    ...takesTurn,
    speechStopped: finishing,
    responseStarted: speaking,
    responseContinues: speaking,
    responseDone: finishing,
    responseQueued: finishing,
    soundStarted: finishing,
    soundEnded: listening,
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
