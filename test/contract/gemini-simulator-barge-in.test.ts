import { expect, test, vi } from 'vitest'
import type { GeminiSimulatorOptions, Json } from '../simulators/gemini/index.ts'
import type { RawClient } from '../simulators/gemini/raw-client.ts'
import { startRawConversation } from '../simulators/gemini/start-raw-conversation.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

const STORY = 'Rome was not built in a day, and it will not be seen in one day either, whatever they say.'
const tellsStory: GeminiSimulatorOptions = {
  pace: 2,
  playback: 2,
  reply: () => ({ items: [{ type: 'speech', text: STORY }] }),
}

/** Lets the agent begin to talk. */
async function letTalk(client: RawClient): Promise<void> {
  client.say('Tell me about Rome')
  await client.waitFor('audio')
}

/** The beginning of a voice: all of it arrives at once, and with its end there would be an answer. */
async function interruptBySpeech(client: RawClient): Promise<void> {
  const wait = await synthesize('Wait!', { sampleRate: 16_000, voice: 'en-us+f3' })
  client.speak(wait.subarray(0, 300 * 16), { afterMs: 0 })
}

test.each([0, 1, 4])('the user interrupts while %i chunks are on their way', async (lateChunks) => {
  const { client, connection } = await startRawConversation({
    ...tellsStory,
    lateChunks,
    voiceActivity: true,
  })
  await letTalk(client)
  await interruptBySpeech(client)
  await client.waitFor('turnComplete')
  const after = client.names.slice(client.names.indexOf('voiceActivity') + 1)
  expect(after.filter((name) => name !== 'outputTranscription')).toEqual([
    ...Array.from({ length: lateChunks }, () => 'audio'),
    'interrupted',
    'turnComplete',
    'interactionStatus',
    'usageMetadata',
  ])
  expect(client.names).not.toContain('generationComplete')
  expect(connection.violations).toEqual([])
  expect(connection.sentProblems).toEqual([])
})

test('nothing of an interrupted turn comes after `interrupted`, and the next turn is answered', async () => {
  const { client, connection } = await startRawConversation(tellsStory)
  await letTalk(client)
  client.speak(await synthesize('Wait!', { sampleRate: 16_000 }))
  const { sequence } = await client.waitFor('interrupted')
  await client.waitFor('generationComplete', { after: sequence })
  const after = client.names.slice(client.names.indexOf('interrupted'))
  const between = after.slice(0, after.indexOf('inputTranscription'))
  expect(between).toEqual(['interrupted', 'turnComplete', 'interactionStatus', 'usageMetadata'])
  const spoken = connection.conversation[1]?.parts?.[0]?.text ?? ''
  expect(spoken.length).toBeGreaterThan(0)
  expect(spoken.length).toBeLessThan(STORY.length)
  expect(STORY.startsWith(spoken)).toBe(true)
})

test('a user who goes on before the answer gets one answer to both', async () => {
  let hear: (text: string) => void = () => {}
  const first = new Promise<string>((resolve) => void (hear = resolve))
  const texts = [first, 'Two']
  const { client, connection } = await startRawConversation(
    { voiceActivity: true, transcribe: () => texts.shift() ?? '' },
    { sessionResumption: {} },
  )
  client.speak(await synthesize('One', { sampleRate: 16_000 }))
  const { sequence } = await client.waitFor(({ body }) => JSON.stringify(body).includes('ACTIVITY_END'))
  await interruptBySpeech(client)
  await client.waitFor('voiceActivity', { after: sequence })
  hear('One')
  client.send({ realtimeInput: { audioStreamEnd: true } })
  const done = await client.waitFor('turnComplete')
  await client.waitFor('sessionResumptionUpdate', { after: done.sequence })
  expect(client.names).not.toContain('interrupted')
  expect(connection.conversation.map(({ role, parts }) => [role, parts?.[0]?.text])).toEqual([
    ['user', 'One'],
    ['user', 'Two'],
    ['model', expect.any(String)],
  ])
})

test('client content interrupts', async () => {
  const { client } = await startRawConversation(tellsStory)
  await letTalk(client)
  client.send({ clientContent: { turns: [], turnComplete: false } })
  const { sequence } = await client.waitFor('interrupted')
  const { message } = await client.waitFor('turnComplete', { after: sequence })
  expect(message.names).toContain('usageMetadata')
})

test('speech does not interrupt where the setup says so, and is answered afterwards', async () => {
  const { client } = await startRawConversation(
    { ...tellsStory, pace: 20, playback: 20 },
    { realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' } },
  )
  await letTalk(client)
  client.speak(await synthesize('Wait!', { sampleRate: 16_000 }))
  const { sequence } = await client.waitFor('turnComplete')
  await client.waitFor('turnComplete', { after: sequence })
  expect(client.names).not.toContain('interrupted')
})

test('a turn that has said nothing yet is interrupted too', async () => {
  const { client } = await startRawConversation({ ...tellsStory, thinkingMs: 60_000 })
  client.say('Tell me about Rome')
  await client.waitFor('setupComplete')
  client.send({ clientContent: { turns: [] } })
  await client.waitFor('turnComplete')
  expect(client.names).not.toContain('audio')
})

const TOOLS = [{ functionDeclarations: [{ name: 'get_weather', description: 'Weather of a city' }] }]

function withBehavior(behavior: 'BLOCKING' | 'NON_BLOCKING'): Json {
  return { tools: [{ functionDeclarations: [{ name: 'get_weather', description: 'Weather', behavior }] }] }
}

function callsOf(body: Json): readonly { readonly id: string; readonly name: string; readonly args: Json }[] {
  return (body.toolCall as { readonly functionCalls: readonly { id: string; name: string; args: Json }[] })
    .functionCalls
}

async function letCall(client: RawClient): Promise<string> {
  client.say('How is the weather in Rome?')
  const { message } = await client.waitFor('toolCall')
  return callsOf(message.body)[0]?.id ?? ''
}

function respond(client: RawClient, id: string, fields: Json = {}): void {
  const response = { id, name: 'get_weather', response: { output: 'sunny' }, ...fields }
  client.send({ toolResponse: { functionResponses: [response] } })
}

test('a blocking call halts its turn until it is answered', async () => {
  const { client, connection } = await startRawConversation({}, withBehavior('BLOCKING'))
  const id = await letCall(client)
  expect(client.names.at(-1)).toBe('toolCall')
  respond(client, id)
  await client.waitFor('turnComplete')
  expect(client.names.filter((name) => name === 'turnComplete')).toHaveLength(1)
  expect(client.events.flatMap(({ body }) => JSON.stringify(body)).join(' ')).toContain('sunny')
  expect(connection.violations).toEqual([])
})

test('a non-blocking call, which is the default of 3.8, ends its turn; its response gets one of its own', async () => {
  const { client } = await startRawConversation({}, { tools: TOOLS })
  const id = await letCall(client)
  const { sequence } = await client.waitFor('turnComplete')
  respond(client, id)
  await client.waitFor('turnComplete', { after: sequence })
  expect(client.names.filter((name) => name === 'audio').length).toBeGreaterThan(0)
})

test('a silent response is known, but not spoken of', async () => {
  const { client, connection } = await startRawConversation({}, { tools: TOOLS, sessionResumption: {} })
  const id = await letCall(client)
  const { sequence } = await client.waitFor('turnComplete')
  respond(client, id, { scheduling: 'SILENT' })
  // What can be resumed has nothing under way.
  await client.waitFor('sessionResumptionUpdate', { after: sequence })
  expect(client.names).not.toContain('audio')
  expect(connection.conversation.at(-1)).toMatchObject({ parts: [{ functionResponse: { id } }] })
})

test.each([
  ['INTERRUPT', true],
  ['WHEN_IDLE', false],
] as const)('a response scheduled %s comes during speech', async (scheduling, interrupts) => {
  const speech = { items: [{ type: 'speech', text: STORY }] } as const
  const call = { items: [{ type: 'call', name: 'get_weather', args: {} }] } as const
  const { client } = await startRawConversation(
    { pace: 10, reply: ({ contents }) => (contents.length === 1 ? call : speech) },
    { tools: TOOLS },
  )
  const id = await letCall(client)
  const first = await client.waitFor('turnComplete')
  client.say('Tell me about Rome')
  await client.waitFor('audio')
  respond(client, id, { scheduling })
  const second = await client.waitFor('turnComplete', { after: first.sequence })
  await client.waitFor('turnComplete', { after: second.sequence })
  expect(client.names.includes('interrupted')).toBe(interrupts)
  expect(client.names).not.toContain('toolCallCancellation')
})

test('a call that goes on may be answered again', async () => {
  const { client, connection } = await startRawConversation({}, { tools: TOOLS })
  const id = await letCall(client)
  respond(client, id, { willContinue: true })
  respond(client, id, { scheduling: 'SILENT' })
  respond(client, id)
  await connection.waitFor('toolResponse', { direction: 'received' })
  await expect.poll(() => connection.violations).toHaveLength(1)
  expect(connection.violations[0]?.reason).toContain('unknown')
  expect(connection.alive).toBe(true)
})

test('parallel calls come together, and the turn waits for all of them', async () => {
  const calls = ['Rome', 'Milan'].map(
    (city) => ({ type: 'call', name: 'get_weather', args: { city } }) as const,
  )
  const speech = { items: [{ type: 'speech', text: STORY }] } as const
  const { client, connection } = await startRawConversation(
    { reply: ({ contents }) => (contents.length === 1 ? { items: calls } : speech) },
    withBehavior('BLOCKING'),
  )
  client.say('How is the weather?')
  const { message } = await client.waitFor('toolCall')
  const [rome, milan] = callsOf(message.body)
  expect([rome?.args, milan?.args]).toEqual([{ city: 'Rome' }, { city: 'Milan' }])
  respond(client, rome?.id ?? '')
  await connection.waitFor('toolResponse', { direction: 'received' })
  expect(client.names.at(-1)).toBe('toolCall')
  respond(client, milan?.id ?? '')
  await client.waitFor('turnComplete')
  expect(connection.violations).toEqual([])
})

test('new input cancels a blocking call of 3.8, and a late response is noted', async () => {
  const { client, connection } = await startRawConversation({}, withBehavior('BLOCKING'))
  const id = await letCall(client)
  await interruptBySpeech(client)
  const { message } = await client.waitFor('toolCallCancellation')
  expect(message.body).toEqual({ toolCallCancellation: { ids: [id] } })
  await client.waitFor('turnComplete')
  respond(client, id)
  await expect
    .poll(() => connection.violations)
    .toMatchObject([{ reason: expect.stringContaining('cancelled') }])
})

test('an interruption cancels the calls of its turn, and no others', async () => {
  const call = { type: 'call', name: 'get_weather', args: {} } as const
  const { client, connection } = await startRawConversation(
    {
      pace: 2,
      reply: ({ contents }) => ({
        items: contents.length === 1 ? [call] : [call, { type: 'speech', text: STORY }],
      }),
    },
    { tools: TOOLS },
  )
  const first = await letCall(client)
  const { sequence } = await client.waitFor('turnComplete')
  client.say('And in Milan?')
  const { message } = await client.waitFor('toolCall', { after: sequence })
  await client.waitFor('audio')
  await interruptBySpeech(client)
  const cancellation = await client.waitFor('toolCallCancellation')
  const ids = callsOf(message.body).map(({ id }) => id)
  expect(cancellation.message.body).toEqual({ toolCallCancellation: { ids } })
  respond(client, first, { scheduling: 'SILENT' })
  await connection.waitFor('toolResponse', { direction: 'received' })
  expect(connection.violations).toEqual([])
})

test('input during a blocking call aborts the connection of an older model', async () => {
  const setup = { model: 'models/gemini-2.5-flash-native-audio-preview-09-2025', tools: TOOLS }
  const { client, connection } = await startRawConversation({}, setup)
  await letCall(client)
  client.sendAudio(new Int16Array(320))
  expect(await client.closed).toEqual({ code: 1008, reason: 'The operation was aborted.' })
  expect(connection.violations).toMatchObject([{ code: 1008 }])
})
