import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterEach, expect, expectTypeOf, test, vi } from 'vitest'
import { ToolRunner, type ToolEvents } from '../../src/agent/tool-runner.ts'
import type { Tool } from '../../src/agent/tool.ts'
import { Emitter } from '../../src/core/emitter.ts'
import { mcpTools, watchMcpTools, type McpClient } from '../../src/mcp/index.ts'
import { startMcp, type McpRig, type ServedTool } from '../support/mcp-server.ts'
import { pipeline } from '../unit/tool-rig.ts'

const text = (answer: string): { type: 'text'; text: string } => ({ type: 'text', text: answer })

const weather: ServedTool = {
  name: 'weather.today',
  description: 'Tells the weather.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  handle: ({ city }) => ({ content: [text(`Sunny in ${String(city)}`)] }),
}
const plain = (name: string): ServedTool => ({ name, handle: () => ({ content: [text(name)] }) })

const rigs: McpRig[] = []
afterEach(async () => {
  await Promise.all(rigs.splice(0).map(async (rig) => rig.close()))
})

async function start(tools: readonly ServedTool[]): Promise<McpRig> {
  const rig = await startMcp(tools)
  rigs.push(rig)
  return rig
}

/** Runs a tool as a conversation does. */
function runner(tools: readonly Tool[]): { runner: ToolRunner; errors: string[] } {
  const events = new Emitter<ToolEvents>()
  const errors: string[] = []
  events.on('error', ({ code, message }) => errors.push(`${code}: ${message}`))
  return { runner: new ToolRunner({ tools, pipeline, events }), errors }
}

test('the official client is one', () => {
  expectTypeOf<Client>().toExtend<McpClient>()
})

test('all pages of the list become tools, with names that a model takes', async () => {
  const rig = await start([weather, plain('a'), plain('b'), plain('c'), plain('d/e')])
  const tools = await mcpTools(rig.client, { prefix: 'home_', filter: ({ name }) => name !== 'b' })
  expect(tools.map(({ name, serverName }) => [name, serverName])).toEqual([
    ['home_weather_today', 'weather.today'],
    ['home_a', 'a'],
    ['home_c', 'c'],
    ['home_d_e', 'd/e'],
  ])
  expect(tools[0]?.declaration).toEqual({
    name: 'home_weather_today',
    description: 'Tells the weather.',
    parameters: weather.inputSchema,
  })
  expect(rig.cursors).toEqual([undefined, '2', '4'])
})

test('a call reaches the server under its own name, and the answer the model', async () => {
  const rig = await start([weather])
  const { runner: runs } = runner(await mcpTools(rig.client))
  const call = { callId: '1', name: 'weather_today', arguments: '{"city":"Rome"}' }
  expect(await runs.run(call)).toEqual({ ok: true, output: 'Sunny in Rome' })
})

test('arguments that do not fit are refused before the server is asked', async () => {
  const handle = vi.fn<ServedTool['handle']>()
  const rig = await start([{ ...weather, handle }])
  const { runner: runs, errors } = runner(await mcpTools(rig.client))
  const outcome = await runs.run({ callId: '1', name: 'weather_today', arguments: '{"city":5}' })
  expect(outcome.ok).toBe(false)
  expect(errors).toEqual([expect.stringMatching(/^tool-arguments: .*city: must be string/)])
  expect(handle).not.toHaveBeenCalled()
})

test('structured content is preferred, and pictures are named', async () => {
  const picture = { type: 'image' as const, data: 'AAAA', mimeType: 'image/png' }
  const rig = await start([
    {
      name: 'both',
      outputSchema: { type: 'object' },
      handle: () => ({ structuredContent: { degrees: 21 }, content: [text('{"degrees":21}')] }),
    },
    { name: 'picture', handle: () => ({ content: [text('Here:'), picture] }) },
  ])
  const { runner: runs } = runner(await mcpTools(rig.client))
  const run = async (name: string): Promise<string> =>
    (await runs.run({ callId: name, name, arguments: '' })).output
  expect(await run('both')).toBe('{"degrees":21}')
  expect(await run('picture')).toBe(
    'Here:\n[image, image/png, 1 kB, left out, since only text can be passed on]',
  )
})

test('an error of the tool is told to the model and to the application', async () => {
  const rig = await start([
    { name: 'book', handle: () => ({ isError: true, content: [text('The hotel is full.')] }) },
  ])
  const { runner: runs, errors } = runner(await mcpTools(rig.client))
  const { ok, output } = await runs.run({ callId: '1', name: 'book', arguments: '{}' })
  expect({ ok, told: JSON.parse(output) as unknown }).toEqual({
    ok: false,
    told: { error: 'Tool "book" failed: The hotel is full.' },
  })
  expect(errors).toEqual(['tool-failed: Tool "book" failed: The hotel is full.'])
})

test('an error of the protocol is told too', async () => {
  const rig = await start([plain('gone')])
  const { runner: runs, errors } = runner(await mcpTools(rig.client))
  await rig.serve([])
  expect(await runs.run({ callId: '1', name: 'gone', arguments: '{}' })).toMatchObject({ ok: false })
  expect(errors).toEqual([expect.stringMatching(/^tool-failed: .*no tool is called gone/)])
})

/** A tool that goes on until it is told to stop, and tells so. */
function endless(): { tool: ServedTool; begun: () => boolean; cancelled: () => boolean } {
  let given: AbortSignal | undefined
  const handle: ServedTool['handle'] = async (_, signal) => {
    given = signal
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ content: [] })))
  }
  return {
    tool: { name: 'wait', handle },
    begun: () => given !== undefined,
    cancelled: () => given?.aborted === true,
  }
}

test('the server is told when a call is taken back', async () => {
  const { tool, begun, cancelled } = endless()
  const rig = await start([tool])
  const { runner: runs, errors } = runner(await mcpTools(rig.client))
  const outcome = runs.run({ callId: '1', name: 'wait', arguments: '{}' })
  await expect.poll(begun).toBe(true)
  runs.cancel('1')
  expect(await outcome).toMatchObject({ ok: false })
  await expect.poll(cancelled).toBe(true)
  expect(errors).toEqual([])
})

test('the server is told when the time is up', async () => {
  const { tool, cancelled } = endless()
  const rig = await start([tool])
  const { runner: runs, errors } = runner(await mcpTools(rig.client, { timeoutMs: 50 }))
  expect(await runs.run({ callId: '1', name: 'wait', arguments: '{}' })).toMatchObject({ ok: false })
  await expect.poll(cancelled).toBe(true)
  expect(errors).toEqual([expect.stringMatching(/^tool-timeout: /)])
})

test('a server that has no list is a typed error', async () => {
  const rig = await start([])
  await rig.client.close()
  await expect(mcpTools(rig.client)).rejects.toMatchObject({ code: 'connection-refused', retryable: true })
})

test('the tools are given now and at each change, until one stops it', async () => {
  const rig = await start([plain('a')])
  const other = vi.fn<() => Promise<void>>()
  rig.client.fallbackNotificationHandler = other
  const lists: string[][] = []
  const stop = watchMcpTools(rig.client, (tools) => lists.push(tools.map(({ name }) => name)))
  await expect.poll(() => lists).toEqual([['a']])
  await rig.serve([plain('a'), plain('b'), plain('c')])
  await expect.poll(() => lists).toEqual([['a'], ['a', 'b', 'c']])
  stop()
  expect(rig.client.fallbackNotificationHandler).toBe(other)
  await rig.serve([plain('d')])
  await expect.poll(() => other.mock.calls).toHaveLength(2)
  expect(lists).toHaveLength(2)
})
