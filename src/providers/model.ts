import type { ToolCall, ToolDeclaration, ToolOutcome } from '../agent/tool-call.ts'
import { Emitter, type Listenable, type ListenOptions, type Listener } from '../core/emitter.ts'
import type { VivaVoceError } from '../core/errors.ts'
import type { PeerLink, PeerSetup } from './peer-link.ts'

/** What a model can do. What a field leaves out, it cannot: asking for it is an error, never ignored. */
export interface ModelCapabilities {
  /** Rate of the microphone frames that the model takes, Hz. */
  readonly inputRate: number
  /** Rate of the audio that the model writes, Hz. */
  readonly outputRate: number
  /**
   * How sound travels. `'frames'`: through `handleAudioInput` and `session.output.write`. `'track'`: as
   * WebRTC media, on a peer connection that the model asks of `session.openPeer`; what is said before it
   * is open is then not kept. Default `'frames'`.
   */
  readonly media?: 'frames' | 'track'
  /** Whether the model says when the user starts and stops speaking. */
  readonly turnEvents?: boolean
  /** Whether the application may say when the user's turn begins and ends: push-to-talk. */
  readonly manualTurns?: boolean
  /** Whether an answer can be stopped at its source. Otherwise an interruption only silences the speaker. */
  readonly clientInterrupt?: boolean
  /** Who tells the model how much of an interrupted answer was heard. Default `'none'`: nobody can. */
  readonly truncation?: 'client' | 'server' | 'none'
  /** Whether typed messages are understood. */
  readonly textInput?: boolean
  /** Whether a message may have images. */
  readonly imageInput?: boolean
  /** Whether the model calls tools. */
  readonly tools?: boolean
  /**
   * How a conversation goes on over a new connection. `'replay'`: the model is given what was said, in
   * `session.history`. `'handle'`: it remembers by itself. Default `'none'`: a lost connection is its end.
   */
  readonly resume?: 'replay' | 'handle' | 'none'
  /** Longest time that the service lets a connection live, ms. */
  readonly maxConnectionMs?: number
}

/** An image, as it is sent. */
export interface ImagePart {
  /** Such as `'image/jpeg'`. */
  readonly mimeType: string
  /** Base64. */
  readonly data: string
}

/** Something that the user typed, or shows. */
export interface UserMessage {
  readonly text: string
  readonly images?: readonly ImagePart[]
}

/** One thing of a conversation that goes on over another connection. */
export type HistoryItem =
  | {
      readonly type: 'message'
      readonly role: 'user' | 'agent'
      /** What was said; of an answer that was interrupted, what was heard. Never empty. */
      readonly text: string
    }
  | { readonly type: 'toolCall'; readonly call: ToolCall; readonly output: string }

/** What an answer cost, in tokens, as far as the service tells. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
  /** The service's own account, as it came. */
  readonly details: unknown
}

/** How much of one item was heard. */
export interface HeardItem {
  readonly itemId: string
  /** Audio that was played, ms, fraction included; 0 if none was. */
  readonly heardMs: number
  /** Audio that was received, ms. */
  readonly receivedMs: number
}

/** The queue of the speaker. */
export interface OutputTrack {
  /**
   * Queues audio of an item (a spoken answer, or a part of one). Items play in the order of their first
   * `write`. The samples are copied. Audio of an item that was interrupted is dropped.
   * @param pcm PCM16, mono, at `capabilities.outputRate`; any length.
   */
  write(itemId: string, pcm: Int16Array): void
  /** Says that an item is complete, so that it plays to its end without waiting for more. */
  end(itemId: string): void
  /**
   * Only for `media: 'track'`: what the remote track carries from now on, until `end(itemId)`, is the
   * item's voice. It opens the speaker's gate, which an interruption shuts.
   */
  play(itemId: string): void
}

/** What a model is given to work with, from `connect()` until `signal` aborts. */
export interface ModelSession {
  readonly instructions: string
  readonly tools: readonly ToolDeclaration[]
  readonly output: OutputTrack
  /** What was said on earlier connections, oldest first; empty on the first. For `resume: 'replay'`. */
  readonly history: readonly HistoryItem[]
  /** Whether the user still waits for an answer to the last thing in the conversation. */
  readonly answerDue: boolean
  /** Opens a peer connection that carries microphone and voice. Only for `media: 'track'`. */
  openPeer(setup: PeerSetup): Promise<PeerLink>
  /** Aborts when this connection is over, also in the middle of `connect()`. */
  readonly signal: AbortSignal
  /** Runs one of the agent's tools. Never rejects: a failure is an outcome that the model can be told. */
  runTool(call: ToolCall): Promise<ToolOutcome>
}

/** How a response ended. */
export type ResponseStatus = 'completed' | 'cancelled' | 'incomplete' | 'failed'

/** Neutral events of a model. */
export interface ModelEvents {
  /** The user began to speak: what is playing is interrupted. */
  speechStarted: Record<string, never>
  /** The user stopped speaking, and an answer is to be expected. */
  speechStopped: Record<string, never>
  /** The model began an answer. */
  responseStarted: { readonly responseId: string }
  /** No more audio comes for this answer. `continues`: another one follows, as after a tool call. */
  responseDone: {
    readonly responseId: string
    readonly status: ResponseStatus
    readonly continues: boolean
  }
  /** What was said. `text` is the whole text so far. An agent's `id` is the `itemId` of its audio. */
  transcript: {
    readonly id: string
    readonly role: 'user' | 'agent'
    /** May be empty at first: it then marks the item's place in the conversation. */
    readonly text: string
    readonly final: boolean
  }
  /** A tool call is not to be answered any more: its tool is aborted. */
  toolCancelled: { readonly callId: string }
  /** What an answer cost. */
  usage: Usage
  /** The service will end this connection soon: another one is made between two turns. */
  expiring: { readonly inMs: number }
  /** Something failed and the session goes on. A session that cannot go on is `closed`. */
  error: VivaVoceError
  /** The connection ended without having been asked to. */
  closed: VivaVoceError
}

/**
 * A realtime model: takes the user's voice, gives the agent's. Extend it to bring your own.
 *
 * `connect` resolves when audio may be sent. Everything else reports failures through `emit('error')`;
 * what it throws is reported the same way.
 */
export abstract class RealtimeModel<Events extends ModelEvents = ModelEvents> implements Listenable<Events> {
  abstract readonly capabilities: ModelCapabilities
  // Not of `Events`: a model that tells more is still a `RealtimeModel`.
  readonly #emitter: Emitter<ModelEvents> = new Emitter()

  /**
   * Opens the session. Called anew for each connection, after `close()`; rejects with a `VivaVoceError`.
   * What was lost may be made again if `closed`, or the rejection, is `retryable`.
   */
  abstract connect(session: ModelSession): Promise<void>

  /**
   * Takes 20 ms of the user's voice.
   * @param frame PCM16, mono, at `capabilities.inputRate`. Valid until the call returns: copy what you keep.
   */
  abstract handleAudioInput(frame: Int16Array): void

  /** Ends the session and frees what it holds. Called once for each `connect`, also for one that failed. */
  abstract close(): void

  /** Takes a typed message and answers it. Only called if `capabilities.textInput`. */
  sendMessage(_message: UserMessage): void {}

  /**
   * Stops the answer that is under way, if there is one: the speaker is silent already, and nothing
   * more of that answer may be written.
   * @param heard Every item that was not heard to its end, in playing order.
   */
  interrupt(_heard: readonly HeardItem[]): void {}

  /** The user's turn begins: only what is said until `endTurn` counts. Only if `capabilities.manualTurns`. */
  startTurn(): void {}

  /** The user's turn is over, and an answer is wanted. Only if `capabilities.manualTurns`. */
  endTurn(): void {}

  on<Name extends keyof Events>(
    event: Name,
    listener: Listener<Events[Name]>,
    options?: ListenOptions,
  ): () => void {
    return (this.#emitter as unknown as Emitter<Events>).on(event, listener, options)
  }

  /** For subclasses: reports an event to the pipeline. */
  protected emit<Name extends keyof Events>(event: Name, payload: Events[Name]): void {
    ;(this.#emitter as unknown as Emitter<Events>).emit(event, payload)
  }
}
