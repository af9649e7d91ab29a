/** The messages of the Live API, as far as they are used. Field names are those of the wire. */

/** Media, base64. */
export interface WireBlob {
  mimeType: string
  data: string
}

/** A piece of what somebody says. */
export interface WirePart {
  text?: string
  inlineData?: Partial<WireBlob>
  /** A summary of what the model thinks, not of what it says. */
  thought?: boolean
}

/** What one side says. */
export interface WireContent {
  role?: 'user' | 'model'
  parts: WirePart[]
}

/** A schema in the subset of OpenAPI that functions are declared in. */
export interface WireSchema {
  type?: string
  nullable?: boolean
  enum?: string[]
  items?: WireSchema
  anyOf?: WireSchema[]
  properties?: Record<string, WireSchema>
  [keyword: string]: unknown
}

/** Whether the model waits for a tool, or goes on talking. */
export type ToolBehavior = 'BLOCKING' | 'NON_BLOCKING'

/** What the model does with the result of a tool that it did not wait for. */
export type ToolScheduling = 'SILENT' | 'WHEN_IDLE' | 'INTERRUPT'

/** A function that the agent has. */
export interface WireFunction {
  name: string
  description?: string
  parameters?: WireSchema
  behavior?: ToolBehavior
}

/** A tool of the session: functions, or something of Google's such as `{ googleSearch: {} }`. */
export interface WireTool {
  functionDeclarations?: WireFunction[]
  googleSearch?: object
  [kind: string]: unknown
}

/** The answer to a function call. */
export interface WireFunctionResponse {
  id?: string
  name: string
  response: Record<string, unknown>
  parts?: { inlineData: WireBlob }[]
  scheduling?: ToolScheduling
}

/** The first message: what the session is to be. */
export interface WireSetup {
  model: string
  generationConfig: Record<string, unknown>
  systemInstruction?: WireContent
  tools?: WireTool[]
  realtimeInputConfig?: Record<string, unknown>
  inputAudioTranscription?: object
  outputAudioTranscription?: object
  sessionResumption: { handle?: string }
  contextWindowCompression?: object
  proactivity?: object
  historyConfig?: { initialHistoryInClientContent: boolean }
  safetySettings?: object[]
}

/** What the user does while it happens. */
export interface WireRealtimeInput {
  audio?: WireBlob
  video?: WireBlob
  text?: string
  activityStart?: object
  activityEnd?: object
  audioStreamEnd?: boolean
}

/** A message to the service; exactly one of its fields is there. */
export interface ClientMessage {
  setup?: WireSetup
  clientContent?: { turns?: WireContent[]; turnComplete?: boolean }
  realtimeInput?: WireRealtimeInput
  toolResponse?: { functionResponses: WireFunctionResponse[] }
  contextUpdate?: { systemInstruction?: WireContent; tools?: { tools: WireTool[] } }
}

/** A call of a function. */
export interface WireFunctionCall {
  id?: string
  name?: string
  args?: Record<string, unknown>
}

/** What was said, piece by piece. */
export interface WireTranscription {
  text?: string
  finished?: boolean
}

/** What the model says, and where its turn stands. */
export interface ServerContent {
  modelTurn?: { parts?: WirePart[] }
  inputTranscription?: WireTranscription
  outputTranscription?: WireTranscription
  interrupted?: boolean
  /** No more audio comes in this turn. */
  generationComplete?: boolean
  /** The turn is over, by the service's idea of how long it takes to hear it. */
  turnComplete?: boolean
  turnCompleteReason?: string
  groundingMetadata?: object
}

/** What a turn cost. */
export interface WireUsage {
  promptTokenCount?: number
  responseTokenCount?: number
  totalTokenCount?: number
}

/** A message of the service; several fields may be there at once. */
export interface ServerMessage {
  setupComplete?: object
  serverContent?: ServerContent
  toolCall?: { functionCalls?: WireFunctionCall[] }
  toolCallCancellation?: { ids?: string[] }
  usageMetadata?: WireUsage
  goAway?: { timeLeft?: string }
  sessionResumptionUpdate?: { newHandle?: string; resumable?: boolean }
  voiceActivity?: { voiceActivityType?: string }
}
