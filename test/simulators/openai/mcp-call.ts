import type { McpCallReply } from './reply.ts'
import {
  ARGUMENT_PIECES,
  type ItemPlace,
  type ItemWriter,
  type OutgoingItem,
  type OutputItemsOptions,
} from './outgoing-item.ts'
import { newId } from './wire.ts'

/** Makes a call of an MCP tool ready to be sent, or the question whether it may be made. */
export function prepareMcpCall(
  reply: McpCallReply,
  output: ItemWriter,
  to: OutputItemsOptions,
): OutgoingItem {
  const { serverLabel, name, arguments: json, approvalRequestId } = reply
  const target = { server_label: serverLabel, name }
  let place: ItemPlace | undefined
  if (approvalRequestId === undefined && to.mcp.needsApproval(serverLabel, name)) {
    const request = { type: 'mcp_approval_request', ...target, arguments: json } as const
    return {
      begin: () => void (place = output.begin({ id: newId('mcpr'), ...request })),
      stream: () => Promise.resolve(),
      finish: () => place && output.finish(place),
    }
  }
  const call = { type: 'mcp_call', ...target, approval_request_id: approvalRequestId ?? null } as const
  const nothing = { output: null, error: null }
  return {
    begin: () => void (place = output.begin({ id: newId('mcp'), ...call, arguments: '', ...nothing })),
    stream: async () => {
      if (!place) return
      const { item, at } = place
      const pieces = json.match(ARGUMENT_PIECES) ?? []
      const { text, completed } = await output.streamText('response.mcp_call_arguments.delta', at, pieces)
      to.emit({
        type: 'response.mcp_call_arguments.done',
        response_id: to.responseId,
        ...at,
        arguments: text,
      })
      item.wire = { id: at.item_id, ...call, arguments: text, ...nothing }
      if (!completed) return
      to.emit({ type: 'response.mcp_call.in_progress', ...at })
      const result = await to.mcp.call(serverLabel, name, text)
      item.wire = { ...item.wire, ...result }
      to.emit({ type: `response.mcp_call.${result.error ? 'failed' : 'completed'}`, ...at })
    },
    finish: () => place && output.finish(place),
  }
}
