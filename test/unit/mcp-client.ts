import type { McpCallResult, McpClient, McpToolListing } from '../../src/mcp/index.ts'

/** A tool without arguments. */
export const listing = (name: string): McpToolListing => ({ name, inputSchema: { type: 'object' } })

/** A client of a server that lists these pages and answers every call so. */
export function clientOf(
  pages: readonly (readonly McpToolListing[])[],
  result: McpCallResult = {},
): McpClient {
  return {
    listTools: async ({ cursor = '0' } = {}) => {
      const next = Number(cursor) + 1
      return { tools: pages[Number(cursor)] ?? [], ...(next < pages.length && { nextCursor: String(next) }) }
    },
    callTool: async () => result,
  }
}
