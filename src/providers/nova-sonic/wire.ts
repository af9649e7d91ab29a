/*
 * The events of Amazon Nova 2 Sonic, as far as vivavoce uses them. Each one is an object with one member,
 * its name. Source: https://docs.aws.amazon.com/nova/latest/nova2-userguide/sonic-input-events.html and
 * …/sonic-output-events.html
 *
 * Server events carry more fields than these, and may leave any of them out.
 */

/** Which prompt and which content an event belongs to: names that the client makes up. */
export interface ContentAddress {
  promptName: string
  contentName: string
}

/** Who says a content. */
export type WireRole = 'SYSTEM' | 'USER' | 'ASSISTANT' | 'TOOL' | 'SYSTEM_SPEECH'

/** 16-bit mono PCM, as both sides describe it. */
export interface WireAudio {
  mediaType: 'audio/lpcm'
  sampleRateHertz: 8000 | 16000 | 24000
  sampleSizeBits: 16
  channelCount: 1
  encoding: 'base64'
  audioType: 'SPEECH'
}

/** A text, as the client describes it. */
export interface WireText {
  mediaType: 'text/plain'
}

/** A tool. */
export interface WireTool {
  toolSpec: {
    name: string
    description: string
    /** JSON Schema, as a string. */
    inputSchema: { json: string }
  }
}

/** Which tool must be called. */
export type WireToolChoice =
  | { auto: Record<string, never> }
  | { any: Record<string, never> }
  | { tool: { name: string } }

/** `sessionStart`. */
export interface WireSessionStart {
  inferenceConfiguration: { maxTokens: number; topP: number; temperature: number }
  turnDetectionConfiguration?: { endpointingSensitivity: 'HIGH' | 'MEDIUM' | 'LOW' }
}

/** `promptStart`. */
export interface WirePromptStart {
  promptName: string
  textOutputConfiguration: WireText
  audioOutputConfiguration: WireAudio & { voiceId: string }
  toolUseOutputConfiguration?: { mediaType: 'application/json' }
  toolConfiguration?: { tools: WireTool[]; toolChoice?: WireToolChoice }
}

/**
 * `contentStart`. The system's text and what was said before are not `interactive`; the voice, and what
 * the user types, are.
 */
export type WireContentStart = ContentAddress &
  (
    | { type: 'TEXT'; role: WireRole; interactive: boolean; textInputConfiguration: WireText }
    | { type: 'AUDIO'; role: 'USER'; interactive: true; audioInputConfiguration: WireAudio }
    | {
        type: 'TOOL'
        role: 'TOOL'
        interactive: false
        toolResultInputConfiguration: {
          toolUseId: string
          type: 'TEXT'
          textInputConfiguration: WireText
        }
      }
  )

/** Text, base64 PCM16, or a tool's output (JSON as a string) of an open content. */
export type WireContent = ContentAddress & { content: string }

/** Client → server. */
export type ClientEvent =
  | { sessionStart: WireSessionStart }
  | { promptStart: WirePromptStart }
  | { contentStart: WireContentStart }
  | { textInput: WireContent }
  | { audioInput: WireContent }
  | { toolResult: WireContent }
  | { contentEnd: ContentAddress }
  | { promptEnd: { promptName: string } }
  | { sessionEnd: Record<string, never> }

/** Where in the conversation a server event belongs. */
export interface OutputAddress {
  sessionId?: string
  promptName?: string
  /** One completion spans many turns. */
  completionId?: string
  contentId?: string
}

/** How a content, or a completion, ended. */
export type StopReason = 'PARTIAL_TURN' | 'END_TURN' | 'INTERRUPTED' | 'TOOL_USE'

/** A block of the answer, or of what the user said, begins. */
export interface WireOutputStart extends OutputAddress {
  type?: 'TEXT' | 'AUDIO' | 'TOOL'
  role?: WireRole
  /** JSON as a string: `{"generationStage":"SPECULATIVE"}` (will be said) or `"FINAL"` (was said). */
  additionalModelFields?: string
}

/** Text, or base64 PCM16, of the block. */
export interface WireOutput extends OutputAddress {
  role?: WireRole
  content?: string
}

/** A tool is called. `content` is its arguments: JSON as a string. */
export interface WireToolUse extends WireOutput {
  toolName?: string
  toolUseId?: string
}

/** A block ends. */
export interface WireOutputEnd extends OutputAddress {
  type?: 'TEXT' | 'AUDIO' | 'TOOL'
  stopReason?: StopReason
}

/** Tokens, since the last such event and in all. */
export interface WireUsage extends OutputAddress {
  details?: { delta?: unknown; total?: unknown }
  totalInputTokens?: number
  totalOutputTokens?: number
  totalTokens?: number
}

/** Server → client: one of these members, or one that is not known here. */
export interface ServerEvent {
  completionStart?: OutputAddress
  contentStart?: WireOutputStart
  textOutput?: WireOutput
  audioOutput?: WireOutput
  toolUse?: WireToolUse
  contentEnd?: WireOutputEnd
  completionEnd?: OutputAddress & { stopReason?: StopReason }
  usageEvent?: WireUsage
}
