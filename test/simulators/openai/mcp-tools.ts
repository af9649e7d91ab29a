import { isRecord } from '../is-record.ts'
import type { OfferedTool } from '../tool-choice.ts'
import type { Conversation, ConversationItem, McpCallError, McpToolListing } from './conversation.ts'
import type { SessionConfig } from './session-config.ts'
import { newId, type WireMessage } from './wire.ts'

/** An MCP server that the simulator can reach. */
export interface McpServer {
  readonly tools: readonly McpToolListing[]
  /** Gives a call's output; throws if the call fails. `args` is parsed JSON. */
  call(name: string, args: unknown): string | Promise<string>
}

/** A tool of an MCP server, as a reply may call it. */
export interface OfferedMcpTool extends OfferedTool {
  readonly serverLabel: string
}

type McpToolConfig = Extract<SessionConfig['tools'][number], { type: 'mcp' }>

/** What the tools of MCP servers need of their session. */
export interface McpToolsHost {
  readonly servers: Readonly<Record<string, McpServer>>
  readonly conversation: Conversation
  readonly emit: (event: WireMessage) => void
}

/** The MCP servers of a session: lists their tools, and calls them. */
export class McpTools {
  readonly #host: McpToolsHost
  readonly #listed = new Set<string>()
  #configs: readonly McpToolConfig[] = []

  constructor(host: McpToolsHost) {
    this.#host = host
  }

  /** The tools of all servers that were reached. */
  get offered(): readonly OfferedMcpTool[] {
    return this.#configs.flatMap((config) =>
      this.#toolsOf(config).map(({ name, description, input_schema: parameters }) => {
        const tool = { serverLabel: config.server_label, name, parameters }
        return description === undefined ? tool : { ...tool, description }
      }),
    )
  }

  /** Takes a session's tools, and lists those of servers that are new. */
  configure(tools: SessionConfig['tools']): void {
    this.#configs = tools.filter((tool) => tool.type === 'mcp')
    for (const config of this.#configs) {
      if (this.#listed.has(config.server_label)) continue
      this.#listed.add(config.server_label)
      void Promise.resolve().then(() => this.#list(config))
    }
  }

  /** Whether the client must be asked before a tool is called. As the service does, it asks by default. */
  needsApproval(serverLabel: string, name: string): boolean {
    const rule = this.#configs.find((config) => config.server_label === serverLabel)?.require_approval
    if (!isRecord(rule)) return rule !== 'never'
    const { always, never } = rule
    if (always?.tool_names?.includes(name)) return true
    return never ? !never.tool_names?.includes(name) : !always
  }

  /** Calls a tool. Never rejects. */
  async call(
    serverLabel: string,
    name: string,
    json: string,
  ): Promise<{ readonly output: string | null; readonly error: McpCallError | null }> {
    try {
      const server = this.#host.servers[serverLabel]
      if (!server) throw new Error(`The server '${serverLabel}' cannot be reached.`)
      return { output: await server.call(name, JSON.parse(json)), error: null }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { output: null, error: { type: 'tool_execution_error', message } }
    }
  }

  #toolsOf({ server_label: label, allowed_tools: allowed }: McpToolConfig): readonly McpToolListing[] {
    const tools = this.#host.servers[label]?.tools ?? []
    const names = Array.isArray(allowed) ? allowed : allowed?.tool_names
    return names ? tools.filter(({ name }) => names.includes(name)) : tools
  }

  #list(config: McpToolConfig): void {
    const { servers, conversation, emit } = this.#host
    const { server_label } = config
    const wire = { id: newId('mcpl'), type: 'mcp_list_tools', server_label, tools: [] } as const
    const item: ConversationItem = { wire }
    conversation.insert(item)
    const previous_item_id = conversation.previousOf(wire.id)
    emit({ type: 'conversation.item.added', previous_item_id, item: wire })
    emit({ type: 'mcp_list_tools.in_progress', item_id: wire.id })
    if (!servers[server_label]) {
      emit({ type: 'mcp_list_tools.failed', item_id: wire.id })
      return
    }
    item.wire = { ...wire, tools: this.#toolsOf(config) }
    emit({ type: 'mcp_list_tools.completed', item_id: wire.id })
    emit({ type: 'conversation.item.done', previous_item_id, item: item.wire })
  }
}
