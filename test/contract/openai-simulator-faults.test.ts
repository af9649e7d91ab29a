import { expect, onTestFinished, test, vi } from 'vitest'
import { encodePcm } from '../simulators/pcm.ts'
import { createOpenAISimulator } from '../simulators/openai/index.ts'
import { RawClient, silence } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'

vi.setConfig({ testTimeout: 30_000 })

test('one upgrade is refused, the next is not', async () => {
  const simulator = createOpenAISimulator()
  onTestFinished(() => simulator.close())
  const { url } = await simulator.listen()
  simulator.nextConnection({ refuse: 503 })
  const refused = new RawClient({ url, token: 'ek_test' })
  await expect(refused.opened()).rejects.toThrow('503')
  const accepted = new RawClient({ url, token: 'ek_test' })
  await accepted.waitFor('session.created')
  accepted.close()
})

test('the connection is closed after n events', async () => {
  const plan = { steps: [{ at: { events: 2 }, do: 'close', code: 1011, reason: 'oops' }] } as const
  const { client, connection } = await startRawConversation({}, plan)
  client.say('Hello')
  expect(await client.closed).toEqual({ code: 1011, reason: 'oops' })
  expect(client.types).toHaveLength(2)
  expect(connection.sent).toHaveLength(2)
})

test('the connection is closed before the first event', async () => {
  const plan = { steps: [{ at: { events: 0 }, do: 'close', code: 1008 }] } as const
  const { client } = await startRawConversation({}, plan)
  expect((await client.closed).code).toBe(1008)
  expect(client.types).toEqual([])
})

test('the connection is closed after some time', async () => {
  const plan = { steps: [{ at: { ms: 30 }, do: 'close', code: 1001 }] } as const
  const { client } = await startRawConversation({}, plan)
  expect((await client.closed).code).toBe(1001)
  expect(client.types).toEqual(['session.created'])
})

test('the connection breaks at the n-th event of a type', async () => {
  const at = { type: 'response.output_audio.delta', nth: 3 }
  const { client } = await startRawConversation({}, { steps: [{ at, do: 'drop' }] })
  client.say('Hello')
  expect((await client.closed).code).toBe(1006)
  expect(client.types.filter((type) => type === at.type)).toHaveLength(3)
  expect(client.types.at(-1)).toBe(at.type)
})

test('events are late, and in order', async () => {
  const { client, connection } = await startRawConversation({}, { delayMs: 80 })
  const answered = connection.waitFor('session.update', { direction: 'received' })
  client.send({ type: 'session.update', session: { type: 'realtime' } })
  const { atMs } = await answered
  const { atMs: sentAtMs } = await connection.waitFor('session.updated')
  expect(sentAtMs - atMs).toBeGreaterThan(60)
  expect(client.types).toEqual(
    connection.sent.map(({ message }) => message.type).slice(0, client.types.length),
  )
})

test('events are withheld', async () => {
  const { client } = await startRawConversation({}, { withhold: ['session.created', 'session.updated'] })
  client.send({ type: 'session.update', session: { type: 'realtime' } })
  client.say('Hello')
  await client.waitFor('response.created')
  expect(client.types.some((type) => type.startsWith('session.'))).toBe(false)
})

test('events come twice', async () => {
  const { client, connection } = await startRawConversation({}, { duplicate: ['session.created'] })
  await client.waitFor('session.created', { after: 1 })
  expect(client.events[0]).toEqual(client.events[1])
  expect(connection.sent).toHaveLength(2)
})

test('frames are malformed, and the session goes on', async () => {
  const frames = ['{"type":', '[1]', new Uint8Array([1, 2, 3])]
  const steps = frames.map((frame) => ({ at: { type: 'session.created' }, do: 'sendFrame', frame }) as const)
  const { client } = await startRawConversation({}, { steps })
  await client.update({})
  expect(client.oddFrames.map((frame) => (typeof frame === 'string' ? frame : [...frame]))).toEqual([
    '{"type":',
    '[1]',
    [1, 2, 3],
  ])
})

test('events are injected that the service would not send', async () => {
  const unknown = { type: 'response.mood', mood: 'fine', nested: { deep: [null] } }
  const error = { type: 'error', event_id: 'event_1', error: { type: 'server_error', message: 'Sorry' } }
  const steps = [unknown, error].map((event) => ({ at: { events: 1 }, do: 'send', event }) as const)
  const { client } = await startRawConversation({}, { steps })
  await client.update({})
  expect(client.events.slice(1, 3)).toEqual([unknown, error])
})

test('a half-open connection takes nothing and says nothing, and does not end', async () => {
  const steps = [{ at: { type: 'session.updated' }, do: 'freeze' }] as const
  const { client, connection } = await startRawConversation({}, { steps })
  await client.update({})
  const received = connection.received.length
  const frame = { type: 'input_audio_buffer.append', audio: encodePcm(silence(10_000)) }
  await vi.waitFor(() => {
    client.send(frame)
    expect(client.bufferedAmount).toBeGreaterThan(1_000_000)
  })
  expect(connection.received).toHaveLength(received)
  const ended = await Promise.race([client.closed, new Promise((resolve) => setTimeout(resolve, 100))])
  expect(ended).toBeUndefined()
})

test('a server that does not read still speaks, and takes what has waited when it reads again', async () => {
  const steps = [
    { at: { type: 'session.updated' }, do: 'stopReading' },
    { at: { type: 'response.done' }, do: 'resumeReading' },
  ] as const
  const { client, connection } = await startRawConversation({}, { steps })
  await client.update({})
  const received = connection.received.length
  const frame = { type: 'input_audio_buffer.append', audio: encodePcm(silence(10_000)) }
  await vi.waitFor(() => {
    client.send(frame)
    expect(client.bufferedAmount).toBeGreaterThan(1_000_000)
  })
  expect(connection.received).toHaveLength(received)
  connection.send({ type: 'response.done' })
  await client.waitFor('response.done')
  await vi.waitFor(() => expect(client.bufferedAmount).toBe(0), { timeout: 5000 })
  expect(connection.received.length).toBeGreaterThan(received)
})

test('a server that has fallen silent still reads, and does not close', async () => {
  const { client, connection } = await startRawConversation(
    {},
    { steps: [{ at: { type: 'session.created' }, do: 'mute' }] },
  )
  client.say('Hello')
  await connection.waitFor('response.create', { direction: 'received' })
  const ended = await Promise.race([client.closed, new Promise((resolve) => setTimeout(resolve, 100))])
  expect(ended).toBeUndefined()
  expect(client.types).toEqual(['session.created'])
})
