import type { AcceptedCredentials } from './verifier.ts'
import type { Reply, Transcribe, Turn } from './reply.ts'

/**
 * How an interruption is told.
 * - `'text'`: the AUDIO ends with END_TURN, as if nothing had happened, and then a TEXT FINAL of what was
 *   heard ends with INTERRUPTED;
 * - `'audio'`: the AUDIO and the TEXT FINAL both end with INTERRUPTED;
 * - `'marker'`: the AUDIO ends with END_TURN, and a text says `{ "interrupted" : true }`.
 */
export type InterruptionForm = 'text' | 'audio' | 'marker'

/** Options of the simulator. */
export interface NovaSonicSimulatorOptions {
  /** Default `us-east-1`. */
  readonly region?: string
  /** Default `['amazon.nova-2-sonic-v1:0']`. */
  readonly modelIds?: readonly string[]
  /** Keys that are let in besides those of `mintCredentials`. */
  readonly credentials?: readonly AcceptedCredentials[]
  /** Where plain JSON is taken instead of signed frames. Default `/bridge`. */
  readonly bridgePath?: string
  /** The clock that dates are compared with, ms since 1970. */
  readonly now?: () => number
  /** How fast audio is sent: ms of audio for each ms that passes, or `'realtime'`. Default 8. */
  readonly pace?: number | 'realtime'
  /** Length of an `audioOutput`, ms. Default 100. */
  readonly chunkMs?: number
  /** From the user's turn to the answer's first block, ms. Default 0. */
  readonly thinkingMs?: number
  /** `audioOutput` that still comes after an interruption. Default 2. */
  readonly lateChunks?: number
  /**
   * When a sentence is told to have been said: right after its audio was sent, or when it must have been
   * heard (until then it can be interrupted). Default `'heard'`.
   */
  readonly finals?: 'sent' | 'heard'
  /** Default `'text'`. */
  readonly interruption?: InterruptionForm
  /** Whether what is typed is told again, as what the user said. Default false. */
  readonly echoesTyped?: boolean
  /** Silence that ends the user's turn, ms. Default 500. */
  readonly silenceMs?: number
  /** How long a stream may last, ms. Default eight minutes. */
  readonly streamMs?: number
  /** How long nothing may come from the client, ms. Default 55 000. */
  readonly idleMs?: number
  /** Whether frames are sent as base64 text. Default false. */
  readonly textFrames?: boolean
  readonly reply?: (turn: Turn) => Reply | Promise<Reply>
  /** Gives what the user said. Default: a note of how long it was. */
  readonly transcribe?: Transcribe
  /** Whether everything is kept, for tests to look at. Default true. */
  readonly record?: boolean
}

/** Options with their defaults. */
export type SimulatorSettings = Required<Omit<NovaSonicSimulatorOptions, 'pace'>> & { readonly pace: number }
