import type { Reply, Turn } from './reply.ts'

/** Options of the simulator. */
export interface GeminiSimulatorOptions {
  /** How fast audio is sent: ms of audio for each ms that passes, or `'realtime'`. Default 8. */
  readonly pace?: number | 'realtime'
  /** How fast the service thinks that audio plays: `turnComplete` waits for that. Default `'realtime'`. */
  readonly playback?: number | 'realtime'
  /** Length of an audio chunk, ms. Default 40. */
  readonly chunkMs?: number
  /** From the end of a user's turn to the answer, ms. Default 0. */
  readonly thinkingMs?: number
  /** From `setup` to `setupComplete`, ms. Default 0. */
  readonly setupMs?: number
  /** Audio chunks that are on the wire already when a turn is interrupted. Default 3. */
  readonly lateChunks?: number
  /** Whether `serverContent: {}` comes now and then. Default true. */
  readonly emptyMessages?: boolean
  /** Whether `voiceActivity` messages are sent. Default false. */
  readonly voiceActivity?: boolean
  /** How long a connection may last, ms. Default ten minutes. */
  readonly connectionMs?: number
  /** How long before its end `goAway` comes, ms. Default one minute, or half of a shorter connection. */
  readonly goAwayBeforeMs?: number
  /** How long a resumption handle is good, ms. Default two hours. */
  readonly handleMs?: number
  /** The one API key that is accepted. Default: any. */
  readonly apiKey?: string
  /** Answers instead of the echo and the guide. */
  readonly reply?: (turn: Turn) => Reply | Promise<Reply>
  /** Gives what the user said, from PCM16 at 16 kHz. Default: a note of how long it was. */
  readonly transcribe?: (pcm: Int16Array) => string | Promise<string>
  /**
   * Whether every message and all audio are kept, for tests to look at. Default true. If false, only the
   * latest of them are, so that a server can run for days.
   */
  readonly record?: boolean
}

/** Options with their defaults, as a session uses them. */
export type SessionOptions = Required<
  Omit<GeminiSimulatorOptions, 'pace' | 'playback' | 'goAwayBeforeMs' | 'apiKey'>
> & {
  readonly pace: number
  readonly playback: number
  readonly goAwayBeforeMs: number
}
