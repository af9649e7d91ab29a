import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createGeminiSimulator, serverEvent } from '../simulators/gemini/index.ts'
import { RawClient } from '../simulators/gemini/raw-client.ts'
import { startRawConversation } from '../simulators/gemini/start-raw-conversation.ts'

vi.setConfig({ testTimeout: 30_000 })

test.each([1007, 1008, 1011])('the connection is closed with %i at a chosen moment', async (code) => {
  const at = { type: 'audio', nth: 2 }
  const { client } = await startRawConversation(
    {},
    {},
    { steps: [{ at, do: 'close', code, reason: 'Because.' }] },
  )
  client.say('Rome?')
  expect(await client.closed).toEqual({ code, reason: 'Because.' })
  expect(client.names.filter((name) => name === 'audio')).toHaveLength(2)
})

test('the connection breaks', async () => {
  const { client } = await startRawConversation({}, {}, { steps: [{ at: { type: 'audio' }, do: 'drop' }] })
  client.say('Rome?')
  expect(await client.closed).toMatchObject({ code: 1006 })
})

test('a dead server keeps its side open, and is silent', async () => {
  const { client, connection } = await startRawConversation(
    {},
    {},
    { steps: [{ at: { type: 'audio' }, do: 'freeze' }] },
  )
  client.say('Rome?')
  await client.waitFor('audio')
  client.say('Hello?')
  expect(connection.alive).toBe(false)
  await expect(client.waitFor('turnComplete', { timeoutMs: 50 })).rejects.toThrow('was not received')
  expect(connection.received.filter(({ message }) => message.type === 'clientContent')).toHaveLength(1)
})

test('garbage, made-up messages and duplicates come as they are told to', async () => {
  const made = { serverContent: { hologram: { shape: 'cube' } }, novelty: {} }
  const { client, connection } = await startRawConversation(
    {},
    {},
    {
      duplicate: ['generationComplete'],
      withhold: ['audio'],
      steps: [
        { at: { type: 'setupComplete' }, do: 'sendFrame', frame: 'garbage' },
        { at: { type: 'setupComplete' }, do: 'send', event: serverEvent(made) },
      ],
    },
  )
  client.say('Rome?')
  await client.waitFor('turnComplete')
  expect(client.oddFrames.map(String)).toEqual(['garbage'])
  expect(client.names).toContain('hologram')
  expect(client.names).not.toContain('audio')
  expect(client.names.filter((name) => name === 'generationComplete')).toHaveLength(2)
  expect(connection.sentProblems).toEqual([])
})

test('an upgrade is refused, and the next one is not', async () => {
  const { simulator, url } = await startRawConversation()
  simulator.nextConnection({ refuse: 503 })
  await expect(new RawClient({ url, credential: 'key' }).opened()).rejects.toThrow('503')
  const next = new RawClient({ url, credential: 'key' })
  await next.setUp()
  await next.close()
})

test('a reply that fails is an internal error', async () => {
  const { client } = await startRawConversation({ reply: () => Promise.reject(new Error('no')) })
  client.say('Rome?')
  expect(await client.closed).toEqual({ code: 1011, reason: 'Internal error encountered.' })
})

test('it is mounted on a server that has other things to do', async () => {
  const simulator = createGeminiSimulator({ pace: 50 })
  const server = createServer((request, response) => {
    if (!simulator.handleRequest(request, response)) response.end('other')
  })
  server.on('upgrade', (request, socket, head) => {
    if (!simulator.handleUpgrade(request, socket, head)) socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await simulator.close()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const client = new RawClient({ url: `ws://127.0.0.1:${port}`, credential: 'auth_tokens/test' })
  await client.setUp()
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('other')
  const other = new RawClient({ url: `ws://127.0.0.1:${port}`, credential: 'key', path: '/elsewhere' })
  await expect(other.opened()).rejects.toThrow('hang up')
})

test('a simulator that does not record keeps the latest only', async () => {
  const { client, simulator, connection } = await startRawConversation({ record: false, chunkMs: 5 })
  client.say('Rome?')
  await client.waitFor('turnComplete')
  expect(client.events.length).toBeGreaterThan(200)
  expect(connection.sent.length).toBeLessThanOrEqual(100)
  await client.close()
  await connection.closed
  expect(simulator.connections).toEqual([])
})

test('a server that stalls says later what it has to say', async () => {
  const { client, connection } = await startRawConversation()
  connection.hold()
  client.say('Rome?')
  await connection.waitFor('clientContent', { direction: 'received' })
  expect(client.names).toEqual(['setupComplete'])
  connection.release()
  await client.waitFor('turnComplete')
  expect(client.names).toContain('audio')
})
