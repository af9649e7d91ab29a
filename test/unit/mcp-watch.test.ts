import { expect, test, vi } from 'vitest'
import { watchMcpTools, type McpClient } from '../../src/mcp/index.ts'
import { clientOf, listing } from './mcp-client.ts'

type OnTools = Parameters<typeof watchMcpTools>[1]

/** A server whose list is given by hand. */
function slowClient(): { client: McpClient; answer: (name: string | Error) => void; asked: () => number } {
  const waiting: ((name: string | Error) => void)[] = []
  let asked = 0
  const listTools: McpClient['listTools'] = async () => {
    asked += 1
    const name = await new Promise<string | Error>((resolve) => waiting.push(resolve))
    if (name instanceof Error) throw name
    return { tools: [listing(name)] }
  }
  return {
    client: { ...clientOf([]), listTools },
    answer: (name) => waiting.shift()?.(name),
    asked: () => asked,
  }
}
const changed = { method: 'notifications/tools/list_changed' }

test('a list that changes while it is read is read again, once', async () => {
  const { client, answer, asked } = slowClient()
  const names: string[] = []
  watchMcpTools(client, (tools) => names.push(...tools.map(({ name }) => name)))
  for (let times = 0; times < 3; times++) await client.fallbackNotificationHandler?.(changed)
  expect(asked()).toBe(1)
  answer('old')
  await vi.waitFor(() => expect(asked()).toBe(2))
  answer('new')
  await vi.waitFor(() => expect(names).toEqual(['new']))
  await client.fallbackNotificationHandler?.({ method: 'notifications/message' })
  expect(asked()).toBe(2)
})

test('an error does not end it', async () => {
  const { client, answer } = slowClient()
  const onTools = vi.fn<OnTools>()
  const onError = vi.fn<(error: unknown) => void>()
  watchMcpTools(client, onTools, { onError })
  answer(new Error('Try later.'))
  await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce())
  expect(onError.mock.calls[0]).toEqual([expect.objectContaining({ code: 'connection-refused' })])
  await client.fallbackNotificationHandler?.(changed)
  answer('a')
  await vi.waitFor(() => expect(onTools).toHaveBeenCalledOnce())
})

test('nothing is told after it was stopped', async () => {
  const { client, answer } = slowClient()
  const onTools = vi.fn<OnTools>()
  const settled = vi.fn<() => void>()
  const settling: McpClient = { ...client, listTools: async () => client.listTools().finally(settled) }
  watchMcpTools(settling, onTools)()
  answer('a')
  await vi.waitFor(() => expect(settled).toHaveBeenCalled())
  await new Promise((resolve) => setTimeout(resolve))
  expect(onTools).not.toHaveBeenCalled()
})

test('two watch one client, and stop in any order', async () => {
  const client = clientOf([[listing('a')]])
  const first = vi.fn<OnTools>()
  const second = vi.fn<OnTools>()
  const stopFirst = watchMcpTools(client, first)
  const stopSecond = watchMcpTools(client, second)
  await vi.waitFor(() => expect(second).toHaveBeenCalledTimes(1))
  stopFirst()
  await client.fallbackNotificationHandler?.(changed)
  await vi.waitFor(() => expect(second).toHaveBeenCalledTimes(2))
  expect(first).toHaveBeenCalledTimes(1)
  stopSecond()
  await client.fallbackNotificationHandler?.(changed)
  await new Promise((resolve) => setTimeout(resolve))
  expect(second).toHaveBeenCalledTimes(2)
})

test('subscribe takes the place of the handler', async () => {
  const client = clientOf([[listing('a')]])
  const onTools = vi.fn<OnTools>()
  const unsubscribe = vi.fn<() => void>()
  let onChange: (() => void) | undefined
  const stop = watchMcpTools(client, onTools, {
    subscribe: (given) => {
      onChange = given
      return unsubscribe
    },
  })
  await vi.waitFor(() => expect(onTools).toHaveBeenCalledTimes(1))
  onChange?.()
  await vi.waitFor(() => expect(onTools).toHaveBeenCalledTimes(2))
  expect(client.fallbackNotificationHandler).toBeUndefined()
  stop()
  expect(unsubscribe).toHaveBeenCalledOnce()
})
