import type { Reply, Turn } from './reply.ts'
import type { Transcribe } from './transcription.ts'

/** Options of the simulator. */
export interface OpenAISimulatorOptions {
  /** Where it is mounted. Default `/v1/realtime`. */
  readonly path?: string
  /** How fast audio is sent: ms of audio for each ms that passes, or `'realtime'`. Default 8. */
  readonly pace?: number | 'realtime'
  /** Length of an audio delta, ms. Default 100. */
  readonly chunkMs?: number
  /** From the request for a response to its first item, ms. Default 0. */
  readonly thinkingMs?: number
  /** Deltas that a response still sends after it was cancelled. Default 3. */
  readonly lateDeltas?: number
  /** How long a session may last, ms. Default one hour. */
  readonly sessionMs?: number
  /** Answers instead of the echo and the guide. */
  readonly reply?: (turn: Turn) => Reply | Promise<Reply>
  /** Gives what the user said. Default: a note of how long it was. */
  readonly transcribe?: Transcribe
  /** Key that `POST …/client_secrets` must carry. Default: none is asked for. */
  readonly apiKey?: string
  /**
   * Whether every message and all audio are kept, for tests to look at. Default true. If false, only the
   * latest of them are, so that a server can run for days.
   */
  readonly record?: boolean
}

/** Options with their defaults, as a session uses them. */
export interface SessionOptions {
  readonly pace: number
  readonly chunkMs: number
  readonly thinkingMs: number
  readonly lateDeltas: number
  readonly sessionMs: number
  readonly record: boolean
  readonly reply: (turn: Turn) => Reply | Promise<Reply>
  readonly transcribe: Transcribe
}
