import type { ToolCall } from './tool-call.ts'

/** One thing of a conversation, as a model is told of it that was not there. */
export type HistoryItem =
  | {
      readonly type: 'message'
      readonly role: 'user' | 'agent'
      /** What was said; of an answer that was interrupted, what was heard. Never empty. */
      readonly text: string
    }
  | { readonly type: 'toolCall'; readonly call: ToolCall; readonly output: string }
