import type { HostedTool } from './options.ts'
import type { OpenAIChannel } from './request-response.ts'
import type { ServerEvent } from './wire.ts'

/** A server of tools (Model Context Protocol) that OpenAI calls by itself. */
export interface McpServerOptions {
  /** How calls name the server. */
  readonly label: string
  readonly url: string
  /** An OAuth access token for the server. OpenAI does not keep it. */
  readonly authorization?: string
  /** Sent with every request to the server. */
  readonly headers?: Readonly<Record<string, string>>
  /** Names of the tools that the model may call. Default: all. */
  readonly allowedTools?: readonly string[]
  /** Which calls wait for {@link onMcpApproval}: all, none, or those of these tools. Default `'always'`. */
  readonly requireApproval?: 'always' | 'never' | readonly string[]
}

/** Makes an entry of the option `tools`. What stands in it, OpenAI learns from the page. */
export function mcpServer(server: McpServerOptions): HostedTool {
  const { label, url, authorization, headers, allowedTools, requireApproval } = server
  return {
    type: 'mcp',
    server_label: label,
    server_url: url,
    ...(authorization !== undefined && { authorization }),
    ...(headers && { headers }),
    ...(allowedTools && { allowed_tools: allowedTools }),
    ...(requireApproval && {
      require_approval:
        typeof requireApproval === 'string' ? requireApproval : { always: { tool_names: requireApproval } },
    }),
  }
}

/** A call of a hosted tool that waits to be allowed. */
export interface McpApproval {
  readonly id: string
  /** Label of the server. */
  readonly server: string
  /** Name of the tool. */
  readonly name: string
  /** As the model wrote them: JSON. */
  readonly arguments: string
  /** Has OpenAI make the call; the answer goes on by itself. Only the first verdict counts. */
  approve(): void
  deny(reason?: string): void
}

/** Calls `listener` for each call that waits to be allowed; the returned function stops it. */
export function onMcpApproval(model: OpenAIChannel, listener: (approval: McpApproval) => void): () => void {
  const seen = new Set<string>()
  return model.on('serverEvent', (raw) => {
    const event = raw as ServerEvent
    if (event.type !== 'conversation.item.done' || event.item.type !== 'mcp_approval_request') return
    const { id = '', server_label: server = '', name = '', arguments: args = '' } = event.item
    if (seen.has(id)) return
    seen.add(id)
    const verdictId = `verdict_${seen.size}`
    let isOpen = true
    const decide = (approve: boolean, reason?: string): void => {
      if (!isOpen) return
      isOpen = false
      model.send({
        type: 'conversation.item.create',
        item: {
          type: 'mcp_approval_response',
          id: verdictId,
          approval_request_id: id,
          approve,
          ...(reason !== undefined && { reason }),
        },
      })
    }
    listener({
      id,
      server,
      name,
      arguments: args,
      approve: () => decide(true),
      deny: (reason) => decide(false, reason),
    })
  })
}
