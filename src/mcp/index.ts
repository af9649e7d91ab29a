export type { McpCallOptions, McpCallResult, McpClient, McpToolListing } from './mcp-client.ts'
export { mcpTools, type McpTool, type McpToolsOptions } from './mcp-tools.ts'
export { watchMcpTools, type WatchMcpToolsOptions } from './watch-mcp-tools.ts'
