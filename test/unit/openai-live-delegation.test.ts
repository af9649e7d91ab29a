import { expect, test } from 'vitest'
import type { LiveDelegation } from '../../src/providers/openai/live/events.ts'
import { liveRig, type HandPeer } from './openai-live-rig.ts'

const weather = {
  name: 'weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
}
const responses = { type: 'responses', model: 'gpt-5.6-terra' } as const

function delegate(peer: HandPeer, target: string): void {
  const delegation = { type: 'delegation', id: 'dlg_1', target }
  peer.say({ type: 'session.delegation.created', delegation, offset_ms: 1200 })
}

/** An event of the model that works, in its envelope. */
function work(peer: HandPeer, event: object, id: string | null = 'dlg_1'): void {
  peer.say({ type: 'response.event', delegation_id: id, event })
}

function call(peer: HandPeer, callId: string, city: string): void {
  const item = { type: 'function_call', call_id: callId, name: 'weather', arguments: `{"city":"${city}"}` }
  work(peer, { type: 'response.output_item.done', item })
}

test('the agent’s tools are those of the model that works for the voice', async () => {
  const { start, offers, model } = liveRig({
    delegation: { ...responses, tools: [{ type: 'web_search' }], reasoning: { effort: 'low' } },
    agentTools: [weather],
  })
  await start()
  expect(model.capabilities.tools).toBe(true)
  expect(offers[0]?.session.delegation).toEqual({
    type: 'responses',
    responses: {
      model: 'gpt-5.6-terra',
      instructions: 'Be brief.',
      tools: [{ type: 'function', ...weather, strict: false }, { type: 'web_search' }],
      reasoning: { effort: 'low' },
    },
  })
  expect(offers[0]?.session.client.data_channel.allowed_client_events).toContain('response.create')
})

test('calls of a response are run at once, and the model goes on when all are answered', async () => {
  const { start, peer, pass, of, states, talk } = liveRig({ delegation: responses, agentTools: [weather] })
  await start()
  delegate(peer(), 'responses')
  work(peer(), { type: 'response.created', response: { id: 'resp_1' } })
  await pass(10)
  expect(states().at(-1)).toBe('thinking')
  call(peer(), 'call_1', 'Rome')
  call(peer(), 'call_2', 'Oslo')
  call(peer(), 'call_1', 'Rome')
  await pass(10)
  expect(of('runTool')).toHaveLength(2)
  expect(peer().sentTypes).toEqual(['response.item.create', 'response.item.create'])
  const usage = { input_tokens: 3, output_tokens: 4, total_tokens: 7 }
  work(peer(), { type: 'response.completed', response: { id: 'resp_1', usage } })
  await pass(10)
  expect(peer().sent).toEqual([
    {
      type: 'response.item.create',
      item: { type: 'function_call_output', call_id: 'call_1', output: '{"echo":{"city":"Rome"}}' },
    },
    {
      type: 'response.item.create',
      item: { type: 'function_call_output', call_id: 'call_2', output: '{"echo":{"city":"Oslo"}}' },
    },
    { type: 'response.create' },
  ])
  expect(of('usage')).toMatchObject([{ payload: { totalTokens: 7 } }])
  work(peer(), { type: 'response.created', response: { id: 'resp_2' } }, null)
  expect(states().at(-1)).toBe('thinking')
  work(peer(), { type: 'response.completed', response: { id: 'resp_2' } }, null)
  await pass(500)
  expect(peer().sentTypes.filter((type) => type === 'response.create')).toHaveLength(1)
  expect(states().at(-1)).toBe('listening')
  await talk('output', 'It rains.')
  expect(states().at(-1)).toBe('speaking')
})

test('the voice says that it will look, and the state is thinking until the work is done', async () => {
  const { start, peer, pass, states, talk } = liveRig({ delegation: responses })
  await start()
  await talk('output', 'Let me look.')
  delegate(peer(), 'responses')
  work(peer(), { type: 'response.created', response: { id: 'resp_1' } })
  await pass(2500)
  expect(states().at(-1)).toBe('thinking')
  await talk('output', 'It rains.')
  work(peer(), { type: 'response.completed', response: { id: 'resp_1' } })
  await pass(2500)
  expect(states().slice(-3)).toEqual(['thinking', 'speaking', 'listening'])
})

test('a response that fails is an error, and the conversation goes on', async () => {
  const { start, peer, pass, states, of } = liveRig({ delegation: responses })
  await start()
  work(peer(), { type: 'response.created', response: { id: 'resp_1' } })
  const error = { code: 'server_error', message: 'It broke.' }
  work(peer(), { type: 'response.failed', response: { id: 'resp_1', error } })
  await pass(500)
  expect(of('error')).toMatchObject([{ payload: { code: 'model-error', providerCode: 'server_error' } }])
  expect(states().at(-1)).toBe('listening')
})

test('nobody goes on from a response that failed', async () => {
  const { start, peer, pass, states } = liveRig({ delegation: responses, agentTools: [weather] })
  await start()
  work(peer(), { type: 'response.created', response: { id: 'resp_1' } })
  call(peer(), 'call_1', 'Rome')
  work(peer(), { type: 'response.failed', response: { id: 'resp_1' } })
  await pass(500)
  expect(peer().sentTypes).toEqual(['response.item.create'])
  expect(states().at(-1)).toBe('listening')
})

test('the application works for the voice: it gets what was said, and replies', async () => {
  const { model, start, peer, talk, pass, states } = liveRig()
  const asked: LiveDelegation[] = []
  model.on('delegated', (delegation) => asked.push(delegation))
  await start()
  await talk('input', 'What is on my list')
  delegate(peer(), 'client')
  delegate(peer(), 'client')
  await talk('input', ' today?')
  expect(states().at(-1)).toBe('thinking')
  expect(asked).toHaveLength(1)
  const [delegation] = asked
  expect(delegation).toMatchObject({ id: 'dlg_1', offsetMs: 1200 })
  expect(delegation?.transcript).toEqual([{ role: 'user', text: 'What is on my list today?' }])
  delegation?.reply('Looking it up.', { speak: false })
  expect(states().at(-1)).toBe('thinking')
  delegation?.reply('Milk and bread.')
  expect(peer().sent).toEqual([
    { type: 'session.thinking.append', content: 'Looking it up.', delegation_id: 'dlg_1' },
    { type: 'session.commentary.append', content: 'Milk and bread.', delegation_id: 'dlg_1' },
  ])
  await pass(500)
  expect(states().at(-1)).toBe('listening')
})

test('work that comes to nothing is done without a word', async () => {
  const { model, start, peer, pass, states } = liveRig()
  model.on('delegated', ({ done }) => {
    done()
    done()
  })
  await start()
  delegate(peer(), 'client')
  await pass(500)
  expect(peer().sent).toEqual([])
  expect(states()).toEqual(['connecting', 'listening', 'thinking', 'listening'])
})

test('work that nobody takes is not left without an answer', async () => {
  const { start, peer, states } = liveRig()
  await start()
  delegate(peer(), 'client')
  expect(peer().sent).toMatchObject([{ type: 'session.instructions.append', delegation_id: 'dlg_1' }])
  expect(states()).toEqual(['connecting', 'listening'])
})

test('what is longer than OpenAI takes goes in parts, of whole words', async () => {
  const { model, start, peer } = liveRig()
  const text = `${'twelve words or so '.repeat(80)}${'語'.repeat(700)}`
  model.on('delegated', ({ reply }) => reply(text))
  await start()
  delegate(peer(), 'client')
  const parts = peer().sent.map(({ content }) => String(content))
  expect(parts.join('')).toBe(text)
  expect(parts.length).toBeGreaterThan(2)
  for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(1000)
  expect(parts[0]).toMatch(/ $/)
})
