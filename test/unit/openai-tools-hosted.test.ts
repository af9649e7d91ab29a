import { describe, expect, it } from 'vitest'
import { type McpApproval, mcpServer, onMcpApproval } from '../../src/providers/openai/index.ts'
import { created, done } from './openai-events.ts'
import { violations } from './openai-schema.ts'
import { type Message, Talk } from './openai-server.ts'
import { TableTalk } from './openai-table-talk.ts'

const label = 'maps'
const url = 'https://maps.example/mcp'
const item = (type: string, id = 'A'): Message => ({
  type: 'conversation.item.done',
  previous_item_id: null,
  item: { id, type, server_label: label, name: 'route', arguments: '{"to":"Rome"}' },
})

describe('a server of tools that OpenAI calls', () => {
  it('is told to OpenAI as it is', async () => {
    const server = mcpServer({
      label,
      url,
      authorization: 'token',
      headers: { 'x-trip': '7' },
      allowedTools: ['route'],
      requireApproval: ['route'],
    })
    const talk = await Talk.start({
      tools: [server, mcpServer({ label: 'b', url, requireApproval: 'never' })],
    })
    const { session } = await talk.peer.waitFor('session.update')
    expect(session).toMatchObject({
      tools: [
        { type: 'function', name: 'weather' },
        {
          type: 'mcp',
          server_label: 'maps',
          server_url: url,
          authorization: 'token',
          headers: { 'x-trip': '7' },
          allowed_tools: ['route'],
          require_approval: { always: { tool_names: ['route'] } },
        },
        { type: 'mcp', server_label: 'b', server_url: url, require_approval: 'never' },
      ],
    })
  })

  it('is left to itself, but the answer goes on with what it gave', () => {
    const talk = new TableTalk()
    talk.play(created(), item('mcp_call'))
    expect(talk.types).toEqual([])
    talk.play(done())
    expect(talk.types).toEqual(['response.create'])
    expect(talk.session.calls).toEqual([])
  })
})

describe('a call that waits to be allowed', () => {
  const start = async (): Promise<{ talk: Talk; approvals: McpApproval[]; off: () => void }> => {
    const talk = await Talk.start()
    const approvals: McpApproval[] = []
    const off = onMcpApproval(talk.model, (approval) => approvals.push(approval))
    return { talk, approvals, off }
  }

  it('is told once', async () => {
    const { talk, approvals } = await start()
    await talk.play(item('mcp_approval_request'), item('mcp_approval_request'), item('message'))
    expect(approvals).toMatchObject([{ id: 'A', server: 'maps', name: 'route', arguments: '{"to":"Rome"}' }])
  })

  it('is allowed or denied once, each on its own', async () => {
    const { talk, approvals } = await start()
    await talk.play(item('mcp_approval_request', 'A'), item('mcp_approval_request', 'B'))
    approvals[0]?.approve()
    approvals[0]?.deny('Too late.')
    approvals[1]?.deny('Not now.')
    await talk.settle()
    const verdicts = talk.peer.sent.map(({ item }) => item as Message)
    expect(verdicts).toMatchObject([
      { type: 'mcp_approval_response', approval_request_id: 'A', approve: true },
      { type: 'mcp_approval_response', approval_request_id: 'B', approve: false, reason: 'Not now.' },
    ])
    expect(new Set(verdicts.map(({ id }) => id)).size).toBe(2)
    expect(talk.peer.sent.flatMap(violations)).toEqual([])
  })

  it('is told to nobody who has stopped to listen', async () => {
    const { talk, approvals, off } = await start()
    off()
    await talk.play(item('mcp_approval_request'))
    expect(approvals).toEqual([])
  })
})
