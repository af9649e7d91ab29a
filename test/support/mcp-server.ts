import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js'

/** A tool of the server, with what it does. */
export interface ServedTool extends Omit<Tool, 'inputSchema'> {
  readonly inputSchema?: Tool['inputSchema']
  readonly handle: (
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ) => CallToolResult | Promise<CallToolResult>
}

/** An MCP server of one session, over streamable HTTP, with the official client connected to it. */
export interface McpRig {
  readonly client: Client
  /** Changes what is served, and tells the client. */
  serve(tools: readonly ServedTool[]): Promise<void>
  /** Cursors that the client asked with. */
  readonly cursors: readonly (string | undefined)[]
  close(): Promise<void>
}

/** Starts both. The server lists two tools a page. */
export async function startMcp(initialTools: readonly ServedTool[]): Promise<McpRig> {
  let tools = initialTools
  const cursors: (string | undefined)[] = []
  const server = new Server(
    { name: 'tools', version: '1' },
    { capabilities: { tools: { listChanged: true } } },
  )
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    cursors.push(params?.cursor)
    const start = Number(params?.cursor ?? 0)
    const page = tools.slice(start, start + 2).map(({ handle: _handle, ...tool }) => ({
      inputSchema: { type: 'object' as const },
      ...tool,
    }))
    return { tools: page, ...(start + 2 < tools.length && { nextCursor: String(start + 2) }) }
  })
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => {
    const tool = tools.find(({ name }) => name === params.name)
    if (!tool) throw new Error(`no tool is called ${params.name}`)
    return tool.handle(params.arguments ?? {}, signal)
  })
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => crypto.randomUUID() })
  await server.connect(transport)
  const http = createServer((request, response) => void transport.handleRequest(request, response))
  const listening = new Promise<void>((resolve) => http.once('listening', resolve))
  // The server may tell of a change as soon as the client has opened the stream for it.
  const streamOpened = new Promise<void>((resolve) => {
    http.on('request', ({ method }, response) => {
      if (method !== 'GET') return
      const timer = setInterval(() => {
        if (!response.headersSent) return
        clearInterval(timer)
        resolve()
      }, 5)
    })
  })
  http.listen(0, '127.0.0.1')
  await listening
  const client = new Client({ name: 'page', version: '1' })
  const { port } = http.address() as AddressInfo
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)))
  await streamOpened
  return {
    client,
    cursors,
    serve: async (changed) => {
      tools = changed
      await server.sendToolListChanged()
    },
    close: async () => {
      await client.close()
      await server.close()
      const closed = new Promise((resolve) => http.close(resolve))
      http.closeAllConnections()
      await closed
    },
  }
}
