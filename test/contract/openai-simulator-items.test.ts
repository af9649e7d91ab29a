import { expect, test, vi } from 'vitest'
import type { Reply, Turn, WireMessage } from '../simulators/openai/index.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'

vi.setConfig({ testTimeout: 30_000 })

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const DOCS = {
  tools: [
    {
      name: 'search_docs',
      description: 'Searches the documents',
      input_schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
    },
  ],
  call: (_name: string, args: unknown) => {
    if (JSON.stringify(args).includes('Atlantis')) throw new Error('There is no such place.')
    return 'Three pages'
  },
}

function mcpTool(approval: 'always' | 'never', label = 'docs'): WireMessage {
  return {
    type: 'mcp',
    server_label: label,
    server_url: 'https://docs.test/mcp',
    require_approval: approval,
  }
}

function picture(url: string): WireMessage {
  const content = [
    { type: 'input_text', text: 'Where is this? Rome?' },
    { type: 'input_image', image_url: url },
  ]
  return { type: 'conversation.item.create', item: { type: 'message', role: 'user', content } }
}

test('an answer comments on a call while it makes it, and ends with another one', async () => {
  const reply = ({ items }: Turn): Reply => {
    const answered = items.some(({ wire }) => wire.type === 'function_call_output')
    if (answered) return { items: [{ type: 'message', text: 'It is sunny.', phase: 'final_answer' }] }
    return {
      interleaved: true,
      items: [
        { type: 'message', text: 'Let me look.', phase: 'commentary' },
        { type: 'function_call', name: 'look_up', arguments: '{"city":"Rome"}' },
      ],
    }
  }
  const { client, connection } = await startRawConversation({ pace: Infinity, reply })
  await client.update({ output_modalities: ['text'] })
  client.say('Weather?')
  const { message } = await client.waitFor('response.done')
  const events = client.events.filter(({ type }) => /output_item|output_text\.done/.test(type))
  expect(events.map(({ type, output_index: index }) => `${type} ${String(index)}`)).toEqual([
    'response.output_item.added 0',
    'response.output_item.added 1',
    'response.output_text.done 0',
    'response.output_item.done 0',
    'response.output_item.done 1',
  ])
  expect(message).toMatchObject({
    response: { output: [{ type: 'message', phase: 'commentary' }, { type: 'function_call' }] },
  })
  const { message: call } = await client.waitFor('response.function_call_arguments.done')
  const { sequence } = await client.waitFor('rate_limits.updated')
  const item = { type: 'function_call_output', call_id: call.call_id, output: 'Sunny.' }
  client.send({ type: 'conversation.item.create', item })
  client.send({ type: 'response.create' })
  expect((await client.waitFor('response.done', { after: sequence })).message).toMatchObject({
    response: { output: [{ phase: 'final_answer', status: 'completed' }] },
  })
  expect(connection.violations).toEqual([])
})

test('two spoken items of one response have audio of their own', async () => {
  const items = ['First this.', 'Then that.'].map((text) => ({ type: 'message', text }) as const)
  const { client, connection } = await startRawConversation({ pace: Infinity, reply: () => ({ items }) })
  client.say('Go on')
  await client.waitFor('response.done')
  const deltas = client.events.filter(({ type }) => type === 'response.output_audio.delta')
  const indices = new Set(
    deltas.map(({ item_id: id, output_index: index }) => `${String(id)} ${String(index)}`),
  )
  expect(indices.size).toBe(2)
  expect(connection.history.slice(1).every(({ pcm }) => (pcm?.length ?? 0) > 0)).toBe(true)
})

test('responses out of band run beside the conversation, and leave nothing in it', async () => {
  const { client, connection } = await startRawConversation({ pace: 8 })
  client.say('Tell me about Rome')
  const { message: first } = await client.waitFor('response.created')
  const input = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Naples?' }] }]
  const response = { conversation: 'none', metadata: { topic: 'title' }, output_modalities: ['text'], input }
  client.send({ type: 'response.create', response })
  const beside = (event: WireMessage): boolean =>
    event.type === 'response.done' && JSON.stringify(event).includes('"topic"')
  const { message } = await client.waitFor(beside)
  expect(message).toMatchObject({
    response: { conversation_id: null, metadata: { topic: 'title' }, output_modalities: ['text'] },
  })
  const { id } = first.response as { readonly id: string }
  await client.waitFor(
    ({ type, response: done }) => type === 'response.done' && JSON.stringify(done).includes(id),
  )
  expect(connection.conversation.map(({ text }) => text).join(' ')).not.toContain('Naples')
  expect(connection.violations).toEqual([])
})

test.each([
  [{ status: 'incomplete', reason: 'content_filter' }, { reason: 'content_filter' }],
  [
    {
      status: 'failed',
      error: { type: 'invalid_request_error', code: 'rate_limit_exceeded', message: 'Slow' },
    },
    { error: { code: 'rate_limit_exceeded' } },
  ],
] as const)('a response ends as $status', async (ending, details) => {
  const { client } = await startRawConversation({ reply: () => ({ items: [], ending }) })
  client.say('Hello')
  expect((await client.waitFor('response.done')).message).toMatchObject({
    response: { status: ending.status, status_details: { type: ending.status, ...details } },
  })
})

test('rate limits may come before the response that they are of', async () => {
  const { client } = await startRawConversation({ rateLimits: 'before', pace: Infinity })
  client.say('Hello')
  await client.waitFor('response.done')
  expect(client.types.indexOf('rate_limits.updated')).toBeLessThan(client.types.indexOf('response.created'))
})

test('a picture is seen', async () => {
  const { client, connection } = await startRawConversation({ pace: Infinity })
  await client.update({ output_modalities: ['text'] })
  client.send(picture(`data:image/png;base64,${PIXEL}`))
  client.send({ type: 'response.create' })
  const { message } = await client.waitFor('response.output_text.done')
  expect(message.text).toMatch(/PNG picture of \d+ bytes.*Colosseum/)
  expect(connection.violations).toEqual([])
})

test.each([
  ['is not in the message', 'https://example.test/a.png', 'invalid_value'],
  ['is no picture', `data:text/plain;base64,${PIXEL}`, 'invalid_image_format'],
  ['is no base64', 'data:image/png;base64,%%%', 'invalid_value'],
  ['is too large', `data:image/png;base64,${PIXEL.repeat(20)}`, 'invalid_value'],
])('a picture is refused that %s', async (_name, url, code) => {
  const { client, connection } = await startRawConversation({ maxImageBytes: 100 })
  client.send(picture(url))
  expect((await client.waitFor('error')).message).toMatchObject({ error: { code } })
  expect(connection.conversation).toEqual([])
})

test('tools of an MCP server are listed and called, and the model goes on by itself', async () => {
  const { client, connection } = await startRawConversation({ pace: Infinity, mcpServers: { docs: DOCS } })
  await client.update({ tools: [mcpTool('never')], output_modalities: ['text'] })
  await client.waitFor('mcp_list_tools.completed')
  client.say('Search the docs for Rome')
  await client.waitFor('response.output_text.done')
  const types = client.types.filter((type) => /mcp/.test(type) && !type.endsWith('.delta'))
  expect(types).toEqual([
    'mcp_list_tools.in_progress',
    'mcp_list_tools.completed',
    'response.mcp_call_arguments.done',
    'response.mcp_call.in_progress',
    'response.mcp_call.completed',
  ])
  expect(connection.conversation.map(({ type, text }) => [type, text])).toEqual(
    expect.arrayContaining([['mcp_call', 'Three pages']]),
  )
  expect(connection.violations).toEqual([])
})

test('a server that cannot be reached is told, and so is a call that fails', async () => {
  const { client } = await startRawConversation({ pace: Infinity, mcpServers: { docs: DOCS } })
  await client.update({ tools: [mcpTool('never'), mcpTool('never', 'lost')], output_modalities: ['text'] })
  await client.waitFor('mcp_list_tools.failed')
  client.say('Search the docs for Atlantis')
  await client.waitFor('response.mcp_call.failed')
  expect((await client.waitFor('response.output_item.done')).message).toMatchObject({
    item: { output: null, error: { type: 'tool_execution_error', message: 'There is no such place.' } },
  })
})

test('a call may be approved before the response that asked for it has ended', async () => {
  const { client, connection } = await startRawConversation({ mcpServers: { docs: DOCS } })
  await client.update({ tools: [mcpTool('always')], output_modalities: ['text'] })
  await client.waitFor('mcp_list_tools.completed')
  const approve = ({ type, item }: WireMessage): boolean => {
    const { id, type: kind } = (item ?? {}) as { readonly id?: string; readonly type?: string }
    if (type !== 'conversation.item.added' || kind !== 'mcp_approval_request') return false
    const verdict = { type: 'mcp_approval_response', approval_request_id: id, approve: true }
    client.send({ type: 'conversation.item.create', item: verdict })
    return true
  }
  client.say('Search the docs for Rome')
  await client.waitFor(approve)
  await client.waitFor('response.mcp_call.completed')
  expect(connection.violations).toEqual([])
})

test.each([true, false])('an MCP call waits for approval, which is %s', async (approve) => {
  const { client, connection } = await startRawConversation({ pace: Infinity, mcpServers: { docs: DOCS } })
  await client.update({ tools: [mcpTool('always')], output_modalities: ['text'] })
  await client.waitFor('mcp_list_tools.completed')
  client.say('Search the docs for Rome')
  const { message } = await client.waitFor('response.output_item.done')
  const request = message.item as { readonly type: string; readonly id: string }
  expect(request.type).toBe('mcp_approval_request')
  const { sequence } = await client.waitFor('rate_limits.updated')
  const answer = { type: 'mcp_approval_response', approval_request_id: request.id, approve }
  client.send({ type: 'conversation.item.create', item: answer })
  if (!approve) client.send({ type: 'response.create' })
  await client.waitFor('response.output_text.done', { after: sequence })
  expect(client.types.includes('response.mcp_call.completed')).toBe(approve)
  expect(connection.conversation.some(({ type }) => type === 'mcp_call')).toBe(approve)
  expect(connection.violations).toEqual([])
})
