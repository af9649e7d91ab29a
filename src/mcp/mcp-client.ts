/** A tool, as an MCP server lists it. */
export interface McpToolListing {
  readonly name: string
  readonly title?: string | undefined
  readonly description?: string | undefined
  /** JSON Schema of the arguments: of an object, or the tool is refused. */
  readonly inputSchema: unknown
}

/** How a call is to be made. */
export interface McpCallOptions {
  /** Aborts when nobody waits for the result any more: the server is then to be told. */
  readonly signal: AbortSignal
  /** How long to wait for the result, ms. */
  readonly timeout: number
}

/** What a call came to. */
export interface McpCallResult {
  readonly content?: unknown
  readonly structuredContent?: unknown
  readonly isError?: unknown
  /** What servers of 2024 gave instead of the two contents. */
  readonly toolResult?: unknown
}

/**
 * What is asked of a connected MCP client. `Client` of `@modelcontextprotocol/sdk` fits, over any of its
 * transports; nothing of it is imported.
 */
export interface McpClient {
  listTools(params?: { cursor?: string }): Promise<{
    readonly tools: readonly McpToolListing[]
    /** Asks for the next page, if there is one. */
    readonly nextCursor?: string | undefined
  }>
  /** One that has two parameters, as version 2 of the official client, is given the options as its second. */
  callTool(
    params: { name: string; arguments?: Record<string, unknown> },
    resultSchema?: undefined,
    options?: McpCallOptions,
  ): Promise<McpCallResult>
  /** Called with the server's messages that have no handler of their own. Used by `watchMcpTools` alone. */
  fallbackNotificationHandler?: ((notification: { readonly method: string }) => Promise<void>) | undefined
}
