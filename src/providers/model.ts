import type { ToolCall, ToolDeclaration, ToolOutcome } from '../agent/tool-call.ts'
import { Emitter, type Listenable, type ListenOptions, type Listener } from '../core/emitter.ts'
import type { VivaVoceError } from '../core/errors.ts'

/** What a model can do. What a field leaves out, it cannot: asking for it is an error, never ignored. */
export interface ModelCapabilities {
  /** Rate of the microphone frames that the model takes, Hz. */
  readonly inputRate: number
  /** Rate of the audio that the model writes, Hz. */
  readonly outputRate: number
  /** Whether the model says when the user starts and stops speaking. */
  readonly turnEvents?: boolean
  /** Who tells the model how much of an interrupted answer was heard. Default `'none'`: nobody can. */
  readonly truncation?: 'client' | 'server' | 'none'
  /** Whether typed messages are understood. */
  readonly textInput?: boolean
  /** Whether the model calls tools. */
  readonly tools?: boolean
}

/** Something that the user typed. */
export interface UserMessage {
  readonly text: string
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
}

/** What a model is given to work with, from `connect()` until `signal` aborts. */
export interface ModelSession {
  readonly instructions: string
  readonly tools: readonly ToolDeclaration[]
  readonly output: OutputTrack
  /** Aborts when the conversation is over, also in the middle of `connect()`. */
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
    readonly text: string
    readonly final: boolean
  }
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
export abstract class RealtimeModel implements Listenable<ModelEvents> {
  abstract readonly capabilities: ModelCapabilities
  readonly #emitter: Emitter<ModelEvents> = new Emitter()

  /** Opens the session. Called anew for each connection; rejects with a `VivaVoceError`. */
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

  on<Name extends keyof ModelEvents>(
    event: Name,
    listener: Listener<ModelEvents[Name]>,
    options?: ListenOptions,
  ): () => void {
    return this.#emitter.on(event, listener, options)
  }

  /** For subclasses: reports an event to the pipeline. */
  protected emit<Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]): void {
    this.#emitter.emit(event, payload)
  }
}
