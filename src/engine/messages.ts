import type { VivaVoceError } from '../core/errors.ts'
import type { ToolDeclaration, ToolOutcome, ToolReport } from '../agent/tool-call.ts'
import type {
  AgentUpdate,
  HistoryItem,
  Notices,
  ReplyRequest,
  Usage,
  UserMessage,
} from '../providers/model.ts'
import type { LocalSpeechReaction, MessagePortLike } from '../shared/messages.ts'

/** What a conversation is doing. */
export type PipelineState =
  /** Not connected. `start()` begins a conversation. */
  | 'idle'
  /** Microphone, speaker and model are being set up. What is said meanwhile is kept. */
  | 'connecting'
  /** The model hears the user; nobody is answering. */
  | 'listening'
  /** The user is done and an answer, or a tool's result, is on its way. */
  | 'thinking'
  /** The answer is audible. */
  | 'speaking'
  /** The connection was lost and is being made again. */
  | 'reconnecting'
  /** `close()` was called. A closed pipeline stays closed. */
  | 'closed'

/** One side's words in one item. */
export interface Transcript {
  readonly id: string
  readonly role: 'user' | 'agent'
  /** All that was said, or generated to be said, so far. */
  readonly text: string
  /**
   * The part of `text` that has been heard, cut at a word. For the user it is all of `text`. For the
   * agent it follows the playback clock, and stops where the answer was interrupted.
   */
  readonly heardText: string
  /** Whether neither text will change any more. */
  readonly final: boolean
  /** Audio of the agent's item that was heard, ms. Absent while there is none. */
  readonly heardMs?: number
  /** Audio of it that was received, ms. */
  readonly receivedMs?: number
  /** Whether `receivedMs` is all of it. */
  readonly received?: boolean
}

/** An answer was cut short. */
export interface Interruption {
  /** The item that was being heard; also the `id` of its transcript. */
  readonly itemId: string
  /** How much of it was heard, ms. */
  readonly heardMs: number
}

/** When things happened in one turn, in milliseconds of `performance.now()`; absent if they did not. */
export interface TurnMetrics {
  /** Counts turns from 1. */
  readonly turn: number
  /** The user stopped speaking, by the model's verdict, or sent a message; what is said beside the answer does not count. */
  readonly userDoneAt?: number
  /** The model began an answer. */
  readonly responseStartedAt?: number
  /** The first audio of the answer arrived. */
  readonly firstAudioAt?: number
  /** The first audio of the answer left the playback worklet. */
  readonly firstSoundAt?: number
  /** The answer was over: heard to its end, or interrupted. */
  readonly endedAt?: number
  /** An interruption began. */
  readonly interruptedAt?: number
  /** The graph was silent after the interruption. */
  readonly silentAt?: number
}

/**
 * Who noticed speech: the model, whose verdict decides about turns, the microphone itself, at once and by
 * loudness alone, or the application, by `startTurn()` and `endTurn()`.
 */
export type SpeechSource = 'model' | 'microphone' | 'application'

/** The conversation goes on over a new connection. */
export interface Reconnection {
  /** Whether the old connection was lost, or left: the service would have ended it soon, or the agent changed. */
  readonly reason: 'lost' | 'expiring' | 'changed'
  /** How the connection was lost. */
  readonly error?: VivaVoceError
  /** Connections that were tried, the one that opened included. */
  readonly attempts: number
  /** From the old connection to the new one, ms. What the user said meanwhile was kept. */
  readonly durationMs: number
}

/** How much of the agent's voice comes back through the microphone. */
export interface Echo {
  /** Its level there, dB relative to its level at the speaker: −60 if there is none. */
  readonly estimateDb: number
  /** How surely what the microphone hears is the agent, 0 to 1. Below 0.5 it is not. */
  readonly correlation: number
}

/** The engine, wherever it runs. */
export interface EngineLike {
  /** Carries out a command of the page's. */
  handle(command: EngineCommand): void
}

/** Page → engine. */
export type EngineCommand =
  | {
      readonly type: 'start'
      readonly request: number
      readonly instructions: string
      readonly tools: readonly ToolDeclaration[]
      readonly onLocalSpeech: LocalSpeechReaction
      /** What was said in an earlier conversation that goes on. */
      readonly history?: readonly HistoryItem[]
    }
  | { readonly type: 'attachMicrophone'; readonly port: MessagePortLike }
  | { readonly type: 'attachSpeaker'; readonly port: MessagePortLike }
  /** Time from the playback worklet to the ear, seconds, as the browser estimates it. */
  | { readonly type: 'outputLatency'; readonly seconds: number }
  | { readonly type: 'sendMessage'; readonly request: number; readonly message: UserMessage }
  | { readonly type: 'interrupt' }
  | { readonly type: 'startTurn' }
  | { readonly type: 'endTurn' }
  | { readonly type: 'toolFinished'; readonly callId: string; readonly outcome: ToolOutcome }
  /** Ends the conversation; `start` may follow. */
  | { readonly type: 'stop' }
  | EngineErrand

/** Page → engine: what few conversations need. */
export type EngineErrand =
  /** The agent is to speak, as soon as nobody else does. Settled when the model was asked. */
  | { readonly type: 'reply'; readonly request: number; readonly reply: ReplyRequest }
  /** Sound to be heard in the agent's name, as an item of its own. Settled when it is queued. */
  | {
      readonly type: 'play'
      readonly request: number
      readonly itemId: string
      /** Mono, at the model's output rate. */
      readonly pcm: Int16Array
      readonly text: string
    }
  /** What waits to be said is not wanted any more. */
  | { readonly type: 'withdraw'; readonly replyId: string }
  /** The user's voice is kept, and not heard by the model, until it is let go. */
  | { readonly type: 'holdMicrophone'; readonly on: boolean }
  /** Another agent, or the same with other words. `history`: what it is to know, instead of all. */
  | {
      readonly type: 'updateAgent'
      readonly request: number
      readonly agent: AgentUpdate
      readonly history?: readonly HistoryItem[]
    }
  /** Settled with a `HistoryItem[]`, at once, or when nobody is in the middle of anything. */
  | { readonly type: 'recall'; readonly request: number; readonly whenQuiet?: boolean }

/** Events that pass from the engine to the application as they are. */
export interface EngineEvents extends Notices {
  /** Words were said or heard. Comes again with the same `id` while they grow. */
  transcript: Transcript
  /** An answer was cut short, and the speaker is silent. */
  interrupted: Interruption
  /** The user began to speak. */
  speechStarted: { readonly by: SpeechSource }
  /** The user stopped speaking. By the model's verdict, or the application's, the user's turn is over. */
  speechStopped: { readonly by: SpeechSource }
  /** How much of the agent's voice comes back through the microphone; about once a second while it speaks. */
  echo: Echo
  /** A turn was answered, or its answer interrupted. */
  turnEnded: TurnMetrics
  /** What `say()` or `generateReply()` asked for begins; it is what is said until the turn ends. */
  replyStarted: { readonly replyId: string }
  /** What an answer cost, in tokens. */
  usage: Usage
  /** The connection was lost, or left before it expired, and the conversation goes on over another. */
  reconnected: Reconnection
  /** Something failed. The conversation goes on, unless the state becomes `idle`. */
  error: VivaVoceError
}

/** Engine → page. */
export type EngineReport =
  | {
      [Name in keyof EngineEvents]: { readonly type: Name; readonly payload: EngineEvents[Name] }
    }[keyof EngineEvents]
  | { readonly type: 'stateChanged'; readonly state: PipelineState }
  /** A request was carried out, or failed with `error`. */
  | {
      readonly type: 'settled'
      readonly request: number
      readonly error?: VivaVoceError
      readonly value?: unknown
    }
  | ToolReport
  /** The connection was lost for good; everything of the conversation is to be released. */
  | { readonly type: 'lost'; readonly error: VivaVoceError }
