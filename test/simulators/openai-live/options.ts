import type { LiveSessionConfig } from './session-schema.ts'

/** What the voice answers. */
export interface LiveReply {
  /** Said at once. */
  readonly say?: string
  /** Whether the rest is somebody else's work, as the session's delegation says. Default `false`. */
  readonly delegate?: boolean
}

/** What there is to answer. */
export interface LiveTurn {
  /** What the user said, as it was transcribed, or typed. */
  readonly text: string
  readonly typed: boolean
  readonly config: LiveSessionConfig
}

/** Why a session ends. */
export type CloseReason = 'close_requested' | 'expired' | 'content' | 'remote_hangup' | 'connection_lost'

/** Options of a simulator of OpenAI's Live API. */
export interface LiveSimulatorOptions {
  /** Default `'/v1/live'`. */
  readonly path?: string
  /** The only key that is taken; any `sk-…` if it is left out. */
  readonly apiKey?: string
  /** How long a session may live, ms. Default: two hours. */
  readonly sessionMs?: number
  /** Text of what the user said. PCM16 at 24 kHz. Default: how long it was. */
  readonly transcribe?: (pcm: Int16Array) => string
  readonly reply?: (turn: LiveTurn) => LiveReply
}

/** What goes wrong with the next session. */
export interface LivePlan {
  /** Status that the request is answered with. */
  readonly refuse?: number
  /** Whether `session.started` never comes. */
  readonly silent?: boolean
}
