import { go, type StateTable, type Transition } from '../core/state-table.ts'

/** Whether there is a session with the model. */
export type ConnectionState =
  | 'idle'
  | 'connecting'
  | 'open'
  /** The session was lost, and it is not yet time to try again. */
  | 'waiting'
  /** Another connection is being made for a conversation that goes on. */
  | 'reconnecting'

/** What happens to a connection. */
export type ConnectionInput =
  /** The page asks for a conversation. */
  | 'start'
  /** The model is ready for audio. */
  | 'opened'
  /** The model cannot be reached, or went away, and trying again may help. */
  | 'dropped'
  /** The model cannot be reached, or went away, for good. */
  | 'failed'
  /** It is time to try again. */
  | 'retry'
  /** It is time to change to a new connection, before the old one is ended. */
  | 'rotate'
  /** The page ends the conversation. */
  | 'stop'

/** What is to be done about it. */
export type ConnectionEffect =
  | 'connect'
  /** Close the model's connection; the conversation stays. */
  | 'disconnect'
  /** Try again after a while. */
  | 'wait'
  /** Tell the page that `start` succeeded. */
  | 'confirm'
  /** Tell the page that `start` failed. */
  | 'reject'
  /** Tell the page that the conversation goes on. */
  | 'resume'
  /** Tell the page that the conversation is over. */
  | 'announceLoss'
  /** Drop everything that belongs to the conversation. */
  | 'release'

const idle = go('idle')
const connecting = go('connecting')
const open = go('open')
const waiting = go('waiting')
const reconnecting = go('reconnecting')
const dropped = go('waiting', 'disconnect', 'wait')
const rejected = go('idle', 'disconnect', 'release', 'reject')
const lost = go('idle', 'disconnect', 'release', 'announceLoss')
const stopped = go('idle', 'disconnect', 'release')

/** The life of a connection, and of the conversation that outlives it. */
export const connectionTable: StateTable<ConnectionState, ConnectionInput, ConnectionEffect> = {
  idle: {
    start: go('connecting', 'connect'),
    opened: idle,
    dropped: idle,
    failed: idle,
    retry: idle,
    rotate: idle,
    stop: idle,
  },
  connecting: {
    start: connecting,
    opened: go('open', 'confirm'),
    dropped: rejected,
    failed: rejected,
    retry: connecting,
    rotate: connecting,
    stop: rejected,
  },
  open: {
    start: open,
    opened: open,
    dropped,
    failed: lost,
    retry: open,
    rotate: go('reconnecting', 'disconnect', 'connect'),
    stop: stopped,
  },
  waiting: {
    start: waiting,
    opened: waiting,
    dropped: waiting,
    failed: waiting,
    retry: go('reconnecting', 'connect'),
    rotate: waiting,
    stop: go('idle', 'release'),
  },
  reconnecting: {
    start: reconnecting,
    opened: go('open', 'resume'),
    dropped,
    failed: lost,
    retry: reconnecting,
    rotate: reconnecting,
    stop: stopped,
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
 * `stop`, a failure after a new `start`) changes nothing. An attempt begins with each `connect`.
 */
export function stepConnection(
  connection: Connection,
  input: ConnectionInput,
  attempt: number,
): Transition<ConnectionState, ConnectionEffect> & Connection {
  const current = connection.attempt
  if (input !== 'start' && attempt !== current) return { ...connection, to: connection.state, effects: [] }
  const { to, effects } = connectionTable[connection.state][input]
  return { to, effects, state: to, attempt: effects.includes('connect') ? current + 1 : current }
}
