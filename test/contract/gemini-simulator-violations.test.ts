import { expect, test, vi } from 'vitest'
import type { Json } from '../simulators/gemini/index.ts'
import { startRawConversation } from '../simulators/gemini/start-raw-conversation.ts'

vi.setConfig({ testTimeout: 30_000 })

const NEWEST = 'models/gemini-3.8-live'
const NATIVE = 'models/gemini-2.5-flash-native-audio-preview-09-2025'
const AUDIO = { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' }
const DECLARATION = { name: 'get_weather', description: 'Weather' }

test.each<readonly [string, Json, string]>([
  ['thinking on 3.8', { generationConfig: { thinkingConfig: { includeThoughts: true } } }, 'Thinking config'],
  ['silent audio on 3.8', { proactivity: { proactiveAudio: false } }, 'Proactive audio'],
  ['affective dialog on 3.8', { generationConfig: { enableAffectiveDialog: true } }, 'Affective dialog'],
  [
    'text from an audio model',
    { generationConfig: { responseModalities: ['TEXT'] } },
    'Cannot extract voices',
  ],
  ['two modalities', { generationConfig: { responseModalities: ['TEXT', 'AUDIO'] } }, 'Only one response'],
  ['an unknown field', { voice: 'Kore' }, 'Unknown name "voice" at \'setup\''],
  ['a field of Vertex', { explicitVadSignal: true }, 'Unknown name "explicitVadSignal"'],
  [
    'a wrong type',
    { generationConfig: { temperature: 'hot' } },
    "Invalid value at 'setup.generationConfig.temp",
  ],
  ['an unknown value', { realtimeInputConfig: { activityHandling: 'SHOUT' } }, 'Invalid value'],
  [
    'a bad name of a function',
    { tools: [{ functionDeclarations: [{ name: 'get weather' }] }] },
    'Invalid function',
  ],
  [
    'search and functions on 2.5',
    { model: NATIVE, tools: [{ googleSearch: {} }, { functionDeclarations: [DECLARATION] }] },
    'Google Search cannot',
  ],
  ['no model', { model: null }, 'setup.model is required.'],
])('a setup with %s is refused', async (_, setup, reason) => {
  const { client, connection } = await startRawConversation({}, null)
  client.send({ setup: { model: NEWEST, ...setup } })
  const closure = await client.closed
  expect(closure).toEqual({ code: 1007, reason: expect.stringContaining(reason) })
  expect(connection.violations).toHaveLength(1)
})

test('a model that is not there is refused', async () => {
  const { client } = await startRawConversation({}, null)
  client.send({ setup: { model: 'models/other' } })
  expect(await client.closed).toMatchObject({ code: 1008 })
})

test('what 3.8 refuses, 2.5 takes', async () => {
  const generationConfig = { thinkingConfig: { includeThoughts: true }, enableAffectiveDialog: true }
  const setup = { model: NATIVE, generationConfig, proactivity: { proactiveAudio: false } }
  const { connection } = await startRawConversation({}, setup)
  expect(connection.violations).toEqual([])
})

test.each<readonly [string, Json, string]>([
  ['activityStart', { realtimeInput: { activityStart: {} } }, 'Explicit activity control is not supported'],
  ['two messages in one', { realtimeInput: { text: 'a' }, clientContent: {} }, 'Exactly one message type'],
  ['no message', {}, 'Exactly one message type'],
  ['a second setup', { setup: { model: NEWEST } }, 'setup must be sent once'],
  ['an unknown message', { hello: {} }, 'Unknown name "hello"'],
  ['MP3', { realtimeInput: { audio: { ...AUDIO, mimeType: 'audio/mpeg' } } }, 'Unsupported mime type'],
  ['half a sample', { realtimeInput: { audio: { ...AUDIO, data: 'AA==' } } }, 'Audio has half a sample'],
  [
    'no base64',
    { realtimeInput: { audio: { ...AUDIO, data: '***' } } },
    "Invalid value at 'realtimeInput.audio.data'",
  ],
  ['an unknown role', { clientContent: { turns: [{ role: 'assistant' }] } }, 'Invalid value'],
  [
    'a response that is no object',
    { toolResponse: { functionResponses: [{ response: 'x' }] } },
    'Invalid value',
  ],
])('%s closes the connection', async (_, message, reason) => {
  const { client, connection } = await startRawConversation()
  client.send(message)
  expect(await client.closed).toEqual({ code: 1007, reason: expect.stringContaining(reason) })
  expect(connection.violations).toEqual([
    { code: 1007, reason: expect.stringContaining(reason), received: message },
  ])
})

test.each<readonly [string, Json]>([
  ['audioStreamEnd', { realtimeInput: { audioStreamEnd: true } }],
  ['activityEnd without a start', { realtimeInput: { activityEnd: {} } }],
])('%s closes the connection where detection is off', async (_, message) => {
  const detection = { automaticActivityDetection: { disabled: true } }
  const { client } = await startRawConversation({}, { realtimeInputConfig: detection })
  client.send(message)
  expect(await client.closed).toMatchObject({ code: 1007 })
})

test.each<readonly [string, string | Uint8Array]>([
  ['no JSON', '{'],
  ['a list', '[]'],
  ['a binary frame', Buffer.from('{"realtimeInput":{"text":"a"}}')],
])('%s closes the connection', async (_, frame) => {
  const { client } = await startRawConversation()
  client.sendFrame(frame)
  expect(await client.closed).toMatchObject({ code: 1007 })
})

test('anything but setup closes the connection at first', async () => {
  const { client } = await startRawConversation({}, null)
  client.say('Hello')
  expect(await client.closed).toEqual({ code: 1007, reason: 'setup must be the first message.' })
})

test('what does not wait for setupComplete is noted, and done', async () => {
  const { client, connection } = await startRawConversation({ setupMs: 20 }, null)
  client.send({ setup: { model: NEWEST } })
  client.say('Rome?')
  await client.waitFor('turnComplete')
  expect(connection.violations).toMatchObject([{ reason: 'The client did not wait for setupComplete.' }])
})

test('the context may be updated on 3.8', async () => {
  const { client, connection } = await startRawConversation(
    {},
    { tools: [{ functionDeclarations: [DECLARATION] }] },
  )
  client.send({ contextUpdate: { systemInstruction: { parts: [{ text: 'Be brief.' }] }, tools: {} } })
  client.say('Weather in Rome?')
  await client.waitFor('turnComplete')
  expect(client.names).not.toContain('toolCall')
  expect(connection.setup).toMatchObject({ systemInstruction: { parts: [{ text: 'Be brief.' }] }, tools: [] })
  expect(connection.violations).toEqual([])
})

test('the context may not be updated on other models', async () => {
  const { client } = await startRawConversation({}, { model: NATIVE })
  client.send({ contextUpdate: { tools: {} } })
  expect(await client.closed).toMatchObject({ code: 1007 })
})

test('realtime input before the initial history is complete is noted', async () => {
  const setup = { historyConfig: { initialHistoryInClientContent: true } }
  const { client, connection } = await startRawConversation({}, setup)
  client.send({ realtimeInput: { audio: AUDIO } })
  await expect.poll(() => connection.violations).toHaveLength(1)
  expect(connection.alive).toBe(true)
})
