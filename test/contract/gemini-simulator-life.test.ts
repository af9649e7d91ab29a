import { expect, test, vi } from 'vitest'
import type { Json } from '../simulators/gemini/index.ts'
import { livePath, RawClient } from '../simulators/gemini/raw-client.ts'
import { startRawConversation, type RawConversation } from '../simulators/gemini/start-raw-conversation.ts'

vi.setConfig({ testTimeout: 30_000 })

const RESUMABLE = { sessionResumption: {} }

/** Waits for a handle that knows of everything up to now. */
async function handleOf(client: RawClient, after = 0): Promise<string> {
  const { message } = await client.waitFor(
    ({ body }) => (body.sessionResumptionUpdate as Json | undefined)?.resumable === true,
    { after },
  )
  return String((message.body.sessionResumptionUpdate as Json).newHandle)
}

async function talk(client: RawClient): Promise<string> {
  client.say('Rome?')
  const { sequence } = await client.waitFor('turnComplete')
  return handleOf(client, sequence)
}

test('a session goes on in another connection, with all that was said', async () => {
  const { client, connection, connect } = await startRawConversation({}, RESUMABLE)
  const handle = await talk(client)
  await client.close()
  const next = await connect({ sessionResumption: { handle } })
  expect(next.connection.resumed).toBe(true)
  expect(next.connection.conversation).toEqual(connection.conversation)
  expect(connection.conversation).toHaveLength(2)
})

test('a session cannot be resumed while it generates, nor while a call is pending', async () => {
  const { client } = await startRawConversation(
    {},
    { ...RESUMABLE, tools: [{ functionDeclarations: [{ name: 'get_weather', description: 'Weather' }] }] },
  )
  client.say('Weather in Rome?')
  const { message } = await client.waitFor('toolCall')
  const { sequence } = await client.waitFor('turnComplete')
  const updates = client.events.flatMap(({ body }) => body.sessionResumptionUpdate ?? [])
  expect(updates).toEqual([{ newHandle: expect.any(String), resumable: true }, {}])
  const [call] = (message.body.toolCall as { readonly functionCalls: readonly Json[] }).functionCalls
  client.send({
    toolResponse: { functionResponses: [{ ...call, args: undefined, response: { output: 'hot' } }] },
  })
  expect(await handleOf(client, sequence)).toEqual(expect.any(String))
})

test('the handle of a session that goes away during a call comes after the call', async () => {
  const tools = [{ functionDeclarations: [{ name: 'get_weather', description: 'W', behavior: 'BLOCKING' }] }]
  const { client, connection, connect } = await startRawConversation({}, { ...RESUMABLE, tools })
  client.say('get_weather')
  const { message } = await client.waitFor('toolCall')
  connection.goAway(60_000)
  const { sequence } = await client.waitFor('goAway')
  expect(client.events.at(-2)?.names).toEqual(['toolCall'])
  const [call] = (message.body.toolCall as { readonly functionCalls: readonly Json[] }).functionCalls
  client.send({
    toolResponse: { functionResponses: [{ id: call?.id, name: 'get_weather', response: { output: 'hot' } }] },
  })
  const handle = await handleOf(client, sequence)
  await client.close()
  const next = await connect({ sessionResumption: { handle }, tools })
  expect(next.connection.conversation).toHaveLength(4)
  next.client.say('And now?')
  await next.client.waitFor('turnComplete')
  expect(next.connection.conversation.length).toBeGreaterThan(4)
  expect(next.connection.violations).toEqual([])
})

test('a session cannot be resumed while its old connection is there', async () => {
  const { client, url } = await startRawConversation({}, RESUMABLE)
  const handle = await talk(client)
  const second = new RawClient({ url, credential: 'key' })
  second.send({ setup: { model: 'models/gemini-3.8-live', sessionResumption: { handle } } })
  expect(await second.closed).toMatchObject({ code: 1011 })
})

test('a session can be resumed after its server died', async () => {
  const frozen = { steps: [{ at: { type: 'turnComplete' }, do: 'freeze' }] } as const
  const { client, connect } = await startRawConversation({}, RESUMABLE, frozen)
  const handle = await handleOf(client)
  client.say('Rome?')
  await client.waitFor('turnComplete')
  const next = await connect({ sessionResumption: { handle } })
  expect(next.connection.conversation).toEqual([])
})

test.each([
  ['nobody gave', {}, 'made-up'],
  ['has expired', { handleMs: -1 }, undefined],
])('a handle that %s is refused', async (_, options, made) => {
  const { client, url } = await startRawConversation(options, RESUMABLE)
  const handle = made ?? (await handleOf(client))
  await client.close()
  const second = new RawClient({ url, credential: 'key' })
  second.send({ setup: { model: 'models/gemini-3.8-live', sessionResumption: { handle } } })
  expect(await second.closed).toEqual({ code: 1008, reason: 'BidiGenerateContent session not found.' })
})

test('a transparent session says what it has taken', async () => {
  const { client, connection } = await startRawConversation({}, { sessionResumption: { transparent: true } })
  await talk(client)
  const updates = client.events.flatMap(({ body }) => body.sessionResumptionUpdate ?? [])
  expect(updates.at(-1)).toMatchObject({ lastConsumedClientMessageIndex: '2' })
  expect(connection.sentProblems).toEqual([])
})

test('goAway comes before the connection is closed', async () => {
  const { client } = await startRawConversation({ connectionMs: 200, goAwayBeforeMs: 100 })
  const { message } = await client.waitFor('goAway')
  expect(message.body).toEqual({ goAway: { timeLeft: '0.1s' } })
  expect(await client.closed).toMatchObject({ code: 1008 })
})

function connectWith({ url }: RawConversation, credential: string, path?: string): RawClient {
  const client = new RawClient({ url, credential, ...(path === undefined ? {} : { path }) })
  client.send({ setup: { model: 'models/gemini-3.8-live' } })
  return client
}

const UNREGISTERED = {
  code: 1008,
  reason: expect.stringMatching(/^Method doesn't allow unregistered callers/),
}

test('a token belongs to the constrained method only', async () => {
  const running = await startRawConversation()
  const { token } = running.simulator.mintToken()
  const asKey = livePath('key').replace('key=key', `key=${token}`)
  expect(await connectWith(running, token, asKey).closed).toEqual(UNREGISTERED)
  const unconstrained = livePath(token).replace('Constrained', '')
  expect(await connectWith(running, token, unconstrained).closed).toEqual(UNREGISTERED)
  const keyed = livePath('auth_tokens/').replace('access_token=auth_tokens/', 'key=key')
  expect(await connectWith(running, 'key', keyed).closed).toEqual(UNREGISTERED)
  const beta = new RawClient({ url: running.url, credential: token, path: livePath(token, 'v1beta') })
  await expect(beta.opened()).rejects.toThrow('404')
})

test('a token opens as many sessions as it should; a resumption is none', async () => {
  const running = await startRawConversation()
  const { token } = running.simulator.mintToken({ uses: 1 })
  const { client } = await running.connect(RESUMABLE, token)
  const handle = await handleOf(client)
  await client.close()
  const resumed = await running.connect({ sessionResumption: { handle } }, token)
  await resumed.client.close()
  expect((await connectWith(running, token).closed).reason).toBe('Auth token has been used too many times.')
})

test('a token opens nothing new after its time, but resumes', async () => {
  const running = await startRawConversation()
  const { token } = running.simulator.mintToken({ uses: 0, newSessionExpireMs: -1 })
  expect((await connectWith(running, token).closed).reason).toBe(
    'Auth token can no longer start new sessions.',
  )
  const handle = await handleOf((await running.connect(RESUMABLE)).client)
  running.simulator.connections.at(-1)?.drop()
  const resumed = await running.connect({ sessionResumption: { handle } }, token)
  expect(resumed.connection.resumed).toBe(true)
})

test('sessions end with their token', async () => {
  const running = await startRawConversation()
  const { token } = running.simulator.mintToken({ expireMs: 100 })
  const { client } = await running.connect({}, token)
  expect(await client.closed).toEqual({ code: 1008, reason: 'Auth token has expired.' })
  expect(await connectWith(running, token).closed).toEqual({ code: 1008, reason: 'Auth token has expired.' })
})

test('what a token locks is not the client’s to choose', async () => {
  const running = await startRawConversation()
  const model = 'models/gemini-3.8-live'
  const setup = { model, systemInstruction: { parts: [{ text: 'Be brief.' }] } }
  const client = { systemInstruction: { parts: [{ text: 'Be long.' }] }, labels: { a: 'b' } }
  const all = await running.connect(client, running.simulator.mintToken({ setup }).token)
  expect(all.connection.setup).toEqual(setup)
  const { token } = running.simulator.mintToken({ setup, fieldMask: 'systemInstruction' })
  const some = await running.connect(client, token)
  expect(some.connection.setup).toMatchObject({ ...setup, labels: { a: 'b' } })
})

test('a server mints tokens over HTTP', async () => {
  const running = await startRawConversation({ apiKey: 'secret' }, {})
  const mint = (key: string, body: Json): Promise<Response> =>
    fetch(`${running.url.replace('ws', 'http')}/v1alpha/auth_tokens?key=${key}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
  const answer = await mint('secret', {
    uses: 2,
    bidiGenerateContentSetup: { model: 'models/gemini-3.8-live' },
  })
  const { name } = (await answer.json()) as { readonly name: string }
  expect(name).toMatch(/^auth_tokens\//)
  const { connection } = await running.connect({ labels: { a: 'b' } }, name)
  expect(connection.setup).toEqual({ model: 'models/gemini-3.8-live' })
  expect((await mint('wrong', {})).status).toBe(400)
  expect((await mint('secret', { uses: 'many' })).status).toBe(400)
  expect((await mint('secret', { expireTime: new Date(Date.now() + 8e7).toISOString() })).status).toBe(400)
  expect(await connectWith(running, 'wrong').closed).toMatchObject({ code: 1007 })
})
