/** What one side said, or wrote. */
export interface MessageItem {
  readonly id: string
  readonly role: 'user' | 'agent'
  /** All that was said, or generated to be said. */
  readonly text: string
  /** The part of `text` that was heard, cut at a word. For the user it is all of `text`. */
  readonly heardText: string
  /** Whether it was spoken. What was only written is not heard. */
  readonly spoken: boolean
  /** Whether neither text changes any more. */
  readonly final: boolean
  /** Whether it was cut short. */
  readonly interrupted: boolean
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** When it became final, milliseconds since 1970. */
  readonly endedAt?: number
}

/** A tool that the agent used. */
export interface ToolItem {
  /** The model's id of the call. */
  readonly id: string
  readonly role: 'tool'
  readonly name: string
  /** As the model wrote them: JSON, if it kept to its word. */
  readonly arguments: string
  /** What the model was told. Absent until it was, or if that is not known. */
  readonly output?: string
  /** Whether it went well. Absent while it runs. */
  readonly ok?: boolean
  readonly durationMs?: number
  /** Whether it has ended. */
  readonly final: boolean
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Milliseconds since 1970. */
  readonly endedAt?: number
}

/** Something that happened, which nobody said: another agent took over. */
export interface SystemItem {
  readonly id: string
  readonly role: 'system'
  readonly text: string
  readonly final: true
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
}

/** One thing of a conversation. It is frozen: what changes is another object with the same `id`. */
export type ConversationItem = MessageItem | ToolItem | SystemItem

/** The longest beginning of `text` that `heardText` begins with too, and that does not end within a word. */
export function wholeWords(text: string, heardText: string): string {
  let end = 0
  while (end < heardText.length && heardText[end] === text[end]) end++
  while (end > 0 && end < text.length && !/\s/.test(text.charAt(end))) end--
  return text.slice(0, end)
}
