import type { McpServer } from './mcp-tools.ts'
import { defaultReply, type Reply, type Turn } from './reply.ts'
import { describeSpeech, type Transcribe } from './transcription.ts'

const HOUR_SECONDS = 3600

/** When the transcript of what the user said comes. */
export type TranscriptTiming = 'free' | 'before-answer' | 'amid-answer' | 'after-answer' | 'around-answer'

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
  /** How long a session may last. Default one hour. */
  readonly sessionSeconds?: number
  /** Answers instead of the echo and the guide. */
  readonly reply?: (turn: Turn) => Reply | Promise<Reply>
  /** Gives what the user said. Default: a note of how long it was. */
  readonly transcribe?: Transcribe
  /**
   * When a transcript comes, deltas and all: as soon as it is there (the default), before the answer to
   * what it is of, after the first delta of an answer, or after an answer's end; or its deltas at once, and
   * its end after an answer's end.
   */
  readonly transcriptTiming?: TranscriptTiming
  /** Whether `rate_limits.updated` comes after `response.done` (the default) or before `response.created`. */
  readonly rateLimits?: 'after' | 'before'
  /** How large a picture may be. Default 20 MiB. */
  readonly maxImageBytes?: number
  /** MCP servers that can be reached, by their label. */
  readonly mcpServers?: Readonly<Record<string, McpServer>>
  /** Whose protocol is spoken. Default `'openai'`. */
  readonly dialect?: 'openai' | 'xai'
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
  readonly sessionSeconds: number
  readonly record: boolean
  readonly reply: (turn: Turn) => Reply | Promise<Reply>
  readonly transcribe: Transcribe
  readonly transcriptTiming: TranscriptTiming
  readonly rateLimits: 'after' | 'before'
  readonly maxImageBytes: number
  readonly mcpServers: Readonly<Record<string, McpServer>>
}

/** Fills in what is not said. */
export function withDefaults(options: OpenAISimulatorOptions): SessionOptions {
  const {
    pace = 8,
    chunkMs = 100,
    thinkingMs = 0,
    lateDeltas = 3,
    sessionSeconds = HOUR_SECONDS,
    transcriptTiming = options.dialect === 'xai' ? 'before-answer' : 'free',
    rateLimits = 'after',
    maxImageBytes = 20 * 1024 * 1024,
    mcpServers = {},
    record = true,
  } = options
  return {
    pace: pace === 'realtime' ? 1 : pace,
    chunkMs,
    thinkingMs,
    lateDeltas,
    sessionSeconds,
    transcriptTiming,
    rateLimits,
    maxImageBytes,
    mcpServers,
    record,
    reply: options.reply ?? defaultReply,
    transcribe: options.transcribe ?? describeSpeech,
  }
}
