import { go, type StateTable, type Transition } from '../core/state-table.ts'

/** Whether there is a session with the model. */
export type ConnectionState = 'idle' | 'connecting' | 'open'

/** What happens to a connection. */
export type ConnectionInput =
  /** The page asks for a conversation. */
  | 'start'
  /** The model is ready for audio. */
  | 'opened'
  /** The model could not be reached. */
  | 'failed'
  /** The model went away. */
  | 'dropped'
  /** The page ends the conversation. */
  | 'stop'

/** What is to be done about it. */
export type ConnectionEffect =
  | 'connect'
  /** Tell the page that `start` succeeded. */
  | 'confirm'
  /** Tell the page that `start` failed. */
  | 'reject'
  /** Tell the page that the conversation is over. */
  | 'announceLoss'
  /** Close the model and drop everything that belongs to the conversation. */
  | 'release'

/** The life of a connection. */
export const connectionTable: StateTable<ConnectionState, ConnectionInput, ConnectionEffect> = {
  idle: {
    start: go('connecting', 'connect'),
    opened: go('idle'),
    failed: go('idle'),
    dropped: go('idle'),
    stop: go('idle'),
  },
  connecting: {
    start: go('connecting'),
    opened: go('open', 'confirm'),
    failed: go('idle', 'release', 'reject'),
    dropped: go('idle', 'release', 'reject'),
    stop: go('idle', 'release', 'reject'),
  },
  open: {
    start: go('open'),
    opened: go('open'),
    failed: go('open'),
    dropped: go('idle', 'release', 'announceLoss'),
    stop: go('idle', 'release'),
  },
}

/** A connection and the attempt it belongs to. */
export interface Connection {
  readonly state: ConnectionState
  /** Counts attempts from 1; 0 before the first. */
  readonly attempt: number
}

/**
 * The next state of a connection. What an earlier attempt still has to say (a socket that opens after
 * `stop`, a failure after a new `start`) changes nothing: `start` alone begins an attempt.
 */
export function stepConnection(
  connection: Connection,
  input: ConnectionInput,
  attempt: number,
): Transition<ConnectionState, ConnectionEffect> & { readonly attempt: number } {
  const stale = input !== 'start' && attempt !== connection.attempt
  if (stale) return { to: connection.state, effects: [], attempt: connection.attempt }
  const transition = connectionTable[connection.state][input]
  const begins = transition.effects.includes('connect')
  return { ...transition, attempt: begins ? attempt : connection.attempt }
}
