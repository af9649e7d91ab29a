import type { ToolCall } from './tool-call.ts'

/** The part of a pipeline's events that a `Conversation` is made of. */
export interface ConversationSource {
  transcript: {
    readonly id: string
    readonly role: 'user' | 'agent'
    readonly text: string
    readonly heardText: string
    readonly final: boolean
    /** Audio of it that was received, ms. */
    readonly receivedMs?: number
  }
  toolCalled: ToolCall
  toolFinished: {
    readonly callId: string
    readonly ok: boolean
    readonly durationMs: number
    /** What the model was told. */
    readonly output?: string
  }
  interrupted: { readonly itemId: string }
  /** Another agent took over. */
  agentChanged: { readonly agent: { readonly name: string | undefined } }
  speechStarted: { readonly by: string }
  speechStopped: { readonly by: string }
  stateChanged: { readonly state: string }
}

interface Events extends ConversationSource {
  /** The application knows of something that the pipeline does not tell of: a message that was typed. */
  added: { readonly role: 'user' | 'agent' | 'system'; readonly text: string }
}

/** Something that happened in a conversation. `at`: when, in milliseconds since 1970. */
export type ConversationEvent = {
  readonly [Name in keyof Events]: {
    readonly type: Name
    readonly at: number
    readonly payload: Events[Name]
  }
}[keyof Events]
