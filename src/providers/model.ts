import type { ToolCall, ToolDeclaration, ToolOutcome } from '../agent/tool-call.ts'
import type { HistoryItem } from '../agent/history-item.ts'
import { Emitter, type Listenable, type ListenOptions, type Listener } from '../core/emitter.ts'
import type { VivaVoceError } from '../core/errors.ts'
import type { PeerLink, PeerSetup } from './peer-link.ts'
import type { Recipe } from './recipe.ts'

export type { HistoryItem } from '../agent/history-item.ts'

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
  /** Whether the application may have the agent speak: `reply`. */
  readonly reply?: boolean
  /** Whether the model can be told of something that it is not to answer: `addMessage`. */
  readonly context?: boolean
  /**
   * Whether the application may decide what the user's speech does: with `session.confirmTurns` the model
   * neither breaks off nor answers by itself, and waits for `answer`. Needs `turnEvents`.
   */
  readonly confirmTurns?: boolean
  /** Whether a spoken text is called final only when it has been heard, not when it is complete. */
  readonly finalWhenHeard?: boolean
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

/** What the agent is to say, though nobody has asked. One of `instructions` and `text`. */
export interface ReplyRequest {
  /** Comes back with `responseStarted`. */
  readonly replyId: string
  /** What it is to be about, for the model: its own words. Stands beside the agent's instructions. */
  readonly instructions?: string
  /** What to say, word for word, as far as the model obeys. No tools are called. */
  readonly text?: string
}

/** Who the agent is from now on. */
export interface AgentUpdate {
  readonly instructions: string
  readonly tools: readonly ToolDeclaration[]
}

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
  /** Whether anything is queued or sounding. */
  readonly busy: boolean
  /** Fades to silence within 3 ms, and holds what is queued and what comes. Not for `media: 'track'`. */
  pause(): void
  /** Goes on where `pause` stopped, to the sample. */
  resume(): void
  /** Turns the voice down by 18 dB within 5 ms. It comes back by itself after 0.7 s. */
  duck(): void
}

/** What a model is given to work with, from `connect()` until `signal` aborts. */
export interface ModelSession {
  readonly instructions: string
  readonly tools: readonly ToolDeclaration[]
  readonly output: OutputTrack
  /**
   * What was said before: on earlier connections, or in an earlier conversation that goes on. Oldest first.
   * For `resume: 'replay'`.
   */
  readonly history: readonly HistoryItem[]
  /** Whether only what is in `history` is to be known, whatever the model remembers by itself. */
  readonly anew?: boolean
  /** Whether the user still waits for an answer to the last thing in the conversation. */
  readonly answerDue: boolean
  /** See `capabilities.confirmTurns`; only set where that is. */
  readonly confirmTurns?: boolean
  /** Opens a peer connection that carries microphone and voice. Only for `media: 'track'`. */
  openPeer(setup: PeerSetup): Promise<PeerLink>
  /** Aborts when this connection is over, also in the middle of `connect()`. */
  readonly signal: AbortSignal
  /** Runs one of the agent's tools. Never rejects: a failure is an outcome that the model can be told. */
  runTool(call: ToolCall): Promise<ToolOutcome>
}

/** What an extension has to tell the application. */
export interface Notices {
  /** The agent was kept from saying something. */
  guarded: {
    readonly itemId: string
    /** What was let through; the rest was never heard. */
    readonly text: string
    readonly reason: string
  }
  /** What sounded like an interruption was none, and the agent went on where it had stopped. */
  interruptionDismissed: {
    /** What the user said, if anything: a backchannel, such as "mm-hm". */
    readonly text: string
    /** How long the agent was paused or turned down, ms. */
    readonly durationMs: number
  }
}

/** How a response ended. */
export type ResponseStatus = 'completed' | 'cancelled' | 'incomplete' | 'failed'

/** Neutral events of a model. */
export interface ModelEvents {
  /** The user began to speak: what is playing is interrupted. */
  speechStarted: Record<string, never>
  /** The user stopped speaking, and an answer is to be expected. */
  speechStopped: Record<string, never>
  /** The model began an answer. `replyId`: to a `reply`, where the model can tell. */
  responseStarted: { readonly responseId: string; readonly replyId?: string }
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
  /** An extension has something to tell; see {@link Notices}. */
  notice: { [Name in keyof Notices]: { readonly name: Name; readonly payload: Notices[Name] } }[keyof Notices]
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
  /** @internal How to make it in a Worker; a model without one cannot be there. */
  declare recipe?: Recipe
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

  /**
   * Has the agent speak. The engine asks only while nobody speaks and no answer is under way.
   * Only if `capabilities.reply`.
   */
  reply(_request: ReplyRequest): void {}

  /**
   * Takes something that was said by other means, such as a recording that was played in the agent's name.
   * It is not answered. Only if `capabilities.context`.
   */
  addMessage(_role: 'user' | 'agent', _text: string): void {}

  /**
   * Takes other instructions and tools for what is said from now on.
   * @returns Whether it is done. If not, the conversation goes on over another connection, which has them.
   */
  update(_agent: AgentUpdate): boolean {
    return false
  }

  /**
   * The user's turn, of which `speechStopped` told, is answered, or, if it was none (a cough), forgotten.
   * Only with `session.confirmTurns`.
   */
  answer(_wanted: boolean): void {}

  on<Name extends keyof Events>(
    event: Name,
    listener: Listener<Events[Name]>,
    options?: ListenOptions,
  ): () => void {
    return (this.#emitter as unknown as Emitter<Events>).on(event, listener, options)
  }

  /** For subclasses: reports an event to the pipeline. @returns Whether anybody listens. */
  protected emit<Name extends keyof Events>(event: Name, payload: Events[Name]): boolean {
    return (this.#emitter as unknown as Emitter<Events>).emit(event, payload)
  }
}
