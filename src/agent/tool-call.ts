/** A tool as the model is told of it. */
export interface ToolDeclaration {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A model's request to run a tool. */
export interface ToolCall {
  /** The model's id for the call; a call is run once, however often it is announced. */
  readonly callId: string
  readonly name: string
  /** The arguments as the model wrote them: JSON, if it kept to its word. */
  readonly arguments: string
}

/** What becomes of a tool call. */
export interface ToolOutcome {
  /** What to tell the model: the result, or an error it can react to. Text or JSON. */
  readonly output: string
  readonly ok: boolean
  /** Pictures that belong to the result. Only where the model sees images. */
  readonly images?: readonly ToolImage[]
}

/** A picture, as it is sent. */
export interface ToolImage {
  /** Such as `'image/jpeg'`. */
  readonly mimeType: string
  /** Base64. */
  readonly data: string
}

/** What the engine asks of the page, about tools. */
export type ToolReport =
  | { readonly type: 'runTool'; readonly call: ToolCall }
  | { readonly type: 'cancelTool'; readonly callId: string }
  /** The user interrupted: tools that are not to outlive that are cancelled. */
  | { readonly type: 'interruptTools' }
  /** The conversation that these tools belong to is over. */
  | { readonly type: 'abortTools' }
