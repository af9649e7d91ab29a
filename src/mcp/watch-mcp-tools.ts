import type { McpClient } from './mcp-client.ts'
import { mcpTools, type McpTool, type McpToolsOptions } from './mcp-tools.ts'

/** Options of {@link watchMcpTools}. */
export interface WatchMcpToolsOptions extends McpToolsOptions {
  /**
   * Gets what {@link mcpTools} throws; the tools are still watched. Without it, that becomes an uncaught
   * error of the page.
   */
  readonly onError?: (error: unknown) => void
  /**
   * For a client that has a handler for `notifications/tools/list_changed`, or hears of changes in another
   * way: is given what to call at each change, and may return what ends that.
   */
  readonly subscribe?: (onChange: () => void) => (() => void) | void
}

/**
 * Gives the tools that an MCP server offers now, and again whenever the server says that they changed.
 *
 * An `Agent` keeps the tools that it was made with: a conversation that goes on does not get the new ones, the
 * next one can.
 *
 * Without `subscribe`, it hears of changes by the client's `fallbackNotificationHandler`; one that was there
 * is still called.
 * @returns a function that ends it.
 */
export function watchMcpTools(
  client: McpClient,
  onTools: (tools: McpTool[]) => void,
  options: WatchMcpToolsOptions = {},
): () => void {
  const {
    onError = (error) => {
      throw error
    },
    subscribe = (onChange) => hearNotifications(client, onChange),
  } = options
  const stopped = new AbortController()
  let reading = false
  let outdated = false

  const read = async (): Promise<void> => {
    outdated = true
    if (reading) return
    reading = true
    while (outdated && !stopped.signal.aborted) {
      outdated = false
      const tell = await mcpTools(client, options).then(
        (tools) => () => onTools(tools),
        (error: unknown) => () => onError(error),
      )
      if (!stopped.signal.aborted && !outdated) callSafely(tell)
    }
    reading = false
  }

  const unsubscribe = subscribe(() => void read())
  void read()
  return () => {
    stopped.abort()
    unsubscribe?.()
  }
}

function hearNotifications(client: McpClient, onChange: () => void): () => void {
  const previous = client.fallbackNotificationHandler
  const handler: typeof previous = async (notification) => {
    if (notification.method === 'notifications/tools/list_changed') onChange()
    await previous?.call(client, notification)
  }
  client.fallbackNotificationHandler = handler
  return () => {
    // Another one that came later still calls this one, of which nothing comes any more.
    if (client.fallbackNotificationHandler === handler) client.fallbackNotificationHandler = previous
  }
}

/** What the application's function throws is reported as uncaught, and must not end the watching. */
function callSafely(call: () => void): void {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
