import { go, type StateTable } from '../core/state-table.ts'

/** What is known of the user's speech. */
export type InterruptionState =
  /** Nobody speaks, or is waited for. */
  | 'idle'
  /** The user has the turn. */
  | 'turn'
  /** The user speaks while the agent is audible: it may be nothing. */
  | 'weighing'
  /** That speech is over, and its words are waited for. */
  | 'waiting'
  /** As `weighing`, but the application has silenced the agent meanwhile. */
  | 'overruled'
  /** As `waiting`, but the application has silenced the agent meanwhile. */
  | 'lingering'
  /** The user has taken the turn, and the agent is being silenced. */
  | 'cutting'
  /** So it is, and the user has said all: the answer is asked for when the model knows what was heard. */
  | 'settling'

/** What happens around an interruption. */
export type InterruptionInput =
  | 'speechInSilence'
  | 'speechOverAgent'
  | 'speechStopped'
  /** The user said something that is not only a backchannel. */
  | 'words'
  /** All that the user said is known, and it was not enough. */
  | 'noWords'
  /** The time is over that the state was given. */
  | 'time'
  /** The agent has said all that it had to say. */
  | 'agentDone'
  /** Somebody silenced the agent: the engine, or the application. */
  | 'silenced'

/**
 * `start`, `stop`: what the user does is told. `accept`, `refuse`: the model is to answer it, or to forget
 * it. `dismiss`: the application is told that it was nothing.
 */
export type InterruptionEffect = 'start' | 'stop' | 'accept' | 'refuse' | 'dismiss'

const idle = /* @__PURE__ */ go('idle')
const taken = /* @__PURE__ */ go('turn', 'start')
const weighing = /* @__PURE__ */ go('weighing')
const overruled = /* @__PURE__ */ go('overruled')
const lingering = /* @__PURE__ */ go('lingering')
const cutting = /* @__PURE__ */ go('cutting')
const settling = /* @__PURE__ */ go('settling')
const answered = /* @__PURE__ */ go('idle', 'stop', 'accept')
/** While the user speaks, and after it. */
const confirmed = /* @__PURE__ */ go('cutting', 'start')
const confirmedLate = /* @__PURE__ */ go('settling', 'start', 'stop')
const dismissed = /* @__PURE__ */ go('idle', 'dismiss', 'refuse')
const forgotten = /* @__PURE__ */ go('idle', 'refuse')
const turn = /* @__PURE__ */ go('turn')
const accepted = /* @__PURE__ */ go('idle', 'accept')

/** Whether the user's speech is an interruption. */
export const interruptionTable: StateTable<InterruptionState, InterruptionInput, InterruptionEffect> = {
  idle: {
    speechInSilence: taken,
    speechOverAgent: weighing,
    // The model speaks by itself, without having been asked.
    speechStopped: /* @__PURE__ */ go('idle', 'stop'),
    words: idle,
    noWords: idle,
    time: idle,
    agentDone: idle,
    silenced: idle,
  },
  turn: {
    speechInSilence: taken,
    // The agent speaks again: the end of the user's speech was not told.
    speechOverAgent: /* @__PURE__ */ go('weighing', 'stop'),
    speechStopped: answered,
    words: turn,
    noWords: turn,
    time: turn,
    agentDone: turn,
    silenced: turn,
  },
  weighing: {
    speechInSilence: taken,
    speechOverAgent: weighing,
    speechStopped: /* @__PURE__ */ go('waiting'),
    words: confirmed,
    noWords: weighing,
    time: confirmed,
    agentDone: taken,
    silenced: overruled,
  },
  waiting: {
    speechInSilence: taken,
    speechOverAgent: weighing,
    speechStopped: /* @__PURE__ */ go('waiting'),
    words: confirmedLate,
    noWords: dismissed,
    time: dismissed,
    agentDone: /* @__PURE__ */ go('idle', 'start', 'stop', 'accept'),
    silenced: lingering,
  },
  overruled: {
    speechInSilence: overruled,
    speechOverAgent: overruled,
    speechStopped: lingering,
    words: confirmed,
    noWords: overruled,
    time: confirmed,
    agentDone: overruled,
    silenced: overruled,
  },
  lingering: {
    speechInSilence: taken,
    speechOverAgent: weighing,
    speechStopped: lingering,
    words: confirmedLate,
    noWords: forgotten,
    time: forgotten,
    agentDone: lingering,
    silenced: lingering,
  },
  cutting: {
    speechInSilence: cutting,
    speechOverAgent: cutting,
    speechStopped: /* @__PURE__ */ go('settling', 'stop'),
    words: cutting,
    noWords: cutting,
    time: turn,
    agentDone: cutting,
    silenced: turn,
  },
  settling: {
    speechInSilence: confirmed,
    speechOverAgent: confirmed,
    speechStopped: settling,
    words: settling,
    noWords: settling,
    time: accepted,
    agentDone: settling,
    silenced: accepted,
  },
}
