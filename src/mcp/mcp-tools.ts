import type { JsonObjectSchema } from '../agent/json-schema-type.ts'
import { tool, type Tool } from '../agent/tool.ts'
import { ConnectionError, invalidOption, messageOf, ToolError } from '../core/errors.ts'
import { readFailure, readResult } from './call-result.ts'
import type { McpCallOptions, McpCallResult, McpClient, McpToolListing } from './mcp-client.ts'
import { modelNames } from './model-names.ts'

/** Options of {@link mcpTools}. */
export interface McpToolsOptions {
  /** Goes before each name, to tell the tools of several servers apart: letters, digits, `_`, `-`, 32 at most. */
  readonly prefix?: string
  /** Whether the model is to have a tool. Default: it has all of them. */
  readonly filter?: (tool: McpToolListing) => boolean
  /** How long the model waits for a result, ms. Default 30 000. */
  readonly timeoutMs?: number
}

/** A tool of an MCP server. */
export interface McpTool extends Tool {
  /** Its name on the server. `name` differs from it by the prefix, and where a model could not take it. */
  readonly serverName: string
}

/**
 * Makes tools of what an MCP server offers now. What a model cannot take in a name becomes `_`, and names
 * that are then too long or no longer differ are cut, or get a suffix; `serverName` has the original.
 *
 * The model is told the structured content of a result, or else its text; images, audio and other files are
 * named, not shown. A result with `isError` is an error to the model as well as an `error` event. The server
 * is told when a call is cancelled. Descriptions and results go to the model as they are: use servers that
 * you trust.
 * @throws ConnectionError `connection-refused` if the server gives no list, `message-malformed` if the list
 * has no end; OptionError `option-invalid` if the prefix or the time limit cannot be used, or the arguments
 * of a tool are not an object.
 */
export async function mcpTools(client: McpClient, options: McpToolsOptions = {}): Promise<McpTool[]> {
  const { prefix = '', filter = () => true, timeoutMs = 30_000 } = options
  if (!/^[\w-]{0,32}$/.test(prefix)) {
    throw invalidOption('mcpTools', 'prefix', 'at most 32 letters, digits, _ and -')
  }
  const listings = (await listAll(client)).filter(filter)
  const names = modelNames(
    listings.map(({ name }) => name),
    prefix,
  )
  return listings.map((listing, index) => makeTool(client, listing, names[index] ?? '', timeoutMs))
}

async function listAll(client: McpClient): Promise<McpToolListing[]> {
  // By name, since a list that changes between two pages may have a tool twice.
  const listings = new Map<string, McpToolListing>()
  const cursors = new Set<string>()
  for (let cursor: string | undefined; ;) {
    const page = await client.listTools(cursor ? { cursor } : undefined).catch((cause: unknown) => {
      throw new ConnectionError(`The MCP server did not list its tools: ${messageOf(cause)}`, {
        code: 'connection-refused',
        retryable: true,
        cause,
      })
    })
    for (const listing of page.tools) listings.set(listing.name, listing)
    cursor = page.nextCursor
    if (!cursor) return [...listings.values()]
    if (cursors.has(cursor)) {
      throw new ConnectionError('The MCP server lists its tools without end: it repeats a cursor.', {
        code: 'message-malformed',
      })
    }
    cursors.add(cursor)
  }
}

function makeTool(client: McpClient, listing: McpToolListing, name: string, timeoutMs: number): McpTool {
  const { name: serverName, description, title, inputSchema } = listing
  const made = tool({
    name,
    description: description ?? title ?? '',
    parameters: (inputSchema ?? {}) as JsonObjectSchema,
    timeoutMs,
    execute: async (args, { signal }) => {
      const result = await call(client, serverName, args, { signal, timeout: timeoutMs })
      if (!result.isError) return readResult(result)
      throw new ToolError(`Tool "${name}" failed: ${readFailure(result)}`, {
        code: 'tool-failed',
        toolName: name,
      })
    },
  })
  return { ...made, serverName }
}

async function call(
  client: McpClient,
  name: string,
  args: Record<string, unknown>,
  options: McpCallOptions,
): Promise<McpCallResult> {
  const params = { name, arguments: args }
  // Version 1 of the official client has a schema between the two, which version 2 dropped.
  if (client.callTool.length !== 2) return client.callTool(params, undefined, options)
  return (client as unknown as TwoParameterClient).callTool(params, options)
}

interface TwoParameterClient {
  callTool(params: Parameters<McpClient['callTool']>[0], options: McpCallOptions): Promise<McpCallResult>
}
