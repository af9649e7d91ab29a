import { expect, test, vi } from 'vitest'
import type { GeminiSimulatorOptions, Json } from '../simulators/gemini/index.ts'
import type { RawClient } from '../simulators/gemini/raw-client.ts'
import { startRawConversation } from '../simulators/gemini/start-raw-conversation.ts'
import { decodePcm, joinPcm } from '../simulators/pcm.ts'
import { speak, synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

const USER = { sampleRate: 16_000, voice: 'en-us+f3' }
const STORY = 'Rome was not built in a day, and it will not be seen in one day either, whatever they say.'
const tellsStory: GeminiSimulatorOptions = { reply: () => ({ items: [{ type: 'speech', text: STORY }] }) }

/** Names in order, without what comes now and then, and each run once. */
function order(names: readonly string[]): readonly string[] {
  const kept = names.filter((name) => !['serverContent', 'outputTranscription'].includes(name))
  return kept.filter((name, index) => name !== kept[index - 1])
}

function audioOf(client: RawClient): Int16Array {
  const parts = client.events.flatMap(({ body }) => {
    const content = body.serverContent as
      | { readonly modelTurn?: { readonly parts: readonly { readonly inlineData?: Json }[] } }
      | undefined
    return content?.modelTurn?.parts.flatMap(({ inlineData }) => (inlineData ? [inlineData] : [])) ?? []
  })
  return joinPcm(parts.map(({ data }) => decodePcm(String(data))))
}

function transcriptOf(client: RawClient): string {
  return client.events
    .map(({ body }) => (body.serverContent as { outputTranscription?: { text: string } } | undefined) ?? {})
    .map(({ outputTranscription }) => outputTranscription?.text ?? '')
    .join('')
}

test('a text is answered with speech', async () => {
  const { client, connection } = await startRawConversation(tellsStory)
  client.say('Tell me about Rome')
  await client.waitFor('turnComplete')
  expect(order(client.names)).toEqual([
    'setupComplete',
    'audio',
    'generationComplete',
    'turnComplete',
    'interactionStatus',
    'usageMetadata',
  ])
  expect(transcriptOf(client)).toBe(STORY)
  expect(audioOf(client)).toEqual((await speak(STORY, { sampleRate: 24_000 })).pcm)
  expect(client.oddFrames).toEqual([])
  expect(connection.violations).toEqual([])
  expect(connection.sentProblems).toEqual([])
  expect(connection.conversation.map(({ role }) => role)).toEqual(['user', 'model'])
})

test.each([16_000, 24_000, 48_000])(
  'speech at %i Hz is found, transcribed and answered',
  async (sampleRate) => {
    const { client, connection } = await startRawConversation({
      ...tellsStory,
      voiceActivity: true,
      transcribe: () => 'Tell me about Rome',
    })
    const said = await synthesize('Tell me about Rome', { ...USER, sampleRate })
    const sent = client.speak(said, { sampleRate })
    await client.waitFor('turnComplete')
    expect(order(client.names).slice(0, 6)).toEqual([
      'setupComplete',
      'voiceActivity',
      'inputTranscription',
      'audio',
      'generationComplete',
      'turnComplete',
    ])
    const [utterance] = connection.utterances
    expect(utterance?.startMs).toBeGreaterThan(50)
    expect(utterance?.startMs).toBeLessThan(500)
    expect(connection.audio.length / 16).toBeCloseTo((sent.length * 1000) / sampleRate, 0)
    expect(connection.violations).toEqual([])
  },
)

test('what is received at 16 kHz is kept sample by sample', async () => {
  const { client, connection } = await startRawConversation(tellsStory)
  const sent = client.speak(await synthesize('Hello', USER))
  await client.waitFor('turnComplete')
  const [utterance] = connection.utterances
  expect(connection.audio).toEqual(sent)
  expect(utterance?.pcm).toEqual(sent.slice((utterance?.startMs ?? 0) * 16, (utterance?.endMs ?? 0) * 16))
})

test('the client signals activity where detection is off', async () => {
  const { client, connection } = await startRawConversation(tellsStory, {
    realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
  })
  client.send({ realtimeInput: { activityStart: {} } })
  const said = client.speak(await synthesize('Hello', USER))
  client.send({ realtimeInput: { activityEnd: {} } })
  await client.waitFor('turnComplete')
  expect(connection.utterances).toMatchObject([{ foundBy: 'activity-signals' }])
  expect(connection.utterances[0]?.pcm).toEqual(said)
  expect(connection.violations).toEqual([])
})

test('the end of the audio stream ends the turn', async () => {
  const { client, connection } = await startRawConversation(tellsStory)
  client.speak(await synthesize('Hello', USER), { afterMs: 0 })
  client.send({ realtimeInput: { audioStreamEnd: true } })
  await client.waitFor('turnComplete')
  expect(connection.utterances).toMatchObject([{ foundBy: 'stream-end' }])
})

test('typed realtime input is answered after the turn that is under way', async () => {
  const { client, connection } = await startRawConversation({ ...tellsStory, pace: 5 })
  client.say('Tell me about Rome')
  await client.waitFor('audio')
  client.send({ realtimeInput: { text: 'Again!' } })
  const { sequence } = await client.waitFor('turnComplete')
  await client.waitFor('turnComplete', { after: sequence })
  expect(client.names).not.toContain('interrupted')
  expect(connection.violations).toEqual([])
})

test('images are kept, and the model knows of them', async () => {
  const { client, connection } = await startRawConversation()
  client.send({ realtimeInput: { video: { data: '/9j/4AAQ', mimeType: 'image/jpeg' } } })
  client.send({ realtimeInput: { text: 'What do you see?' } })
  await client.waitFor('turnComplete')
  expect(transcriptOf(client)).toBe('I see 1 images.')
  expect(connection.images).toEqual(['/9j/4AAQ'])
})

test('a client may write snake_case and base64url', async () => {
  const { client, connection } = await startRawConversation({}, null)
  client.send({ setup: { model: 'models/gemini-3.8-live', output_audio_transcription: {} } })
  await client.waitFor('setupComplete')
  client.send({ realtime_input: { audio: { data: '__-___-_', mime_type: 'audio/pcm;rate=16000' } } })
  client.send({
    client_content: { turns: [{ role: 'user', parts: [{ text: 'Rome?' }] }], turn_complete: true },
  })
  await client.waitFor('turnComplete')
  expect(connection.audio).toEqual(decodePcm('//+///+/'))
  expect(connection.violations).toEqual([])
})

test('until the audio should have played, a turn is not complete and can be interrupted', async () => {
  const pcm = new Int16Array(24_000)
  const reply = { items: [{ type: 'speech', text: 'One', pcm, speakText: false }] } as const
  const { client } = await startRawConversation({ pace: Infinity, playback: 1e-5, reply: () => reply })
  client.say('Hello')
  await client.waitFor('generationComplete')
  expect(client.names).not.toContain('turnComplete')
  client.say('Next')
  const { sequence } = await client.waitFor('interrupted')
  await client.waitFor('turnComplete', { after: sequence })
})

test('3.1 puts transcript and audio into one message, and tells of resumption unasked', async () => {
  const setup = { model: 'models/gemini-3.1-flash-live-preview' }
  const { client, connection } = await startRawConversation(tellsStory, setup)
  client.send({ realtimeInput: { text: 'Tell me about Rome' } })
  await client.waitFor('turnComplete')
  await client.waitFor(({ body }) => (body.sessionResumptionUpdate as Json | undefined)?.resumable === true)
  const joined = client.events.find(({ names }) => names.includes('audio'))
  expect(joined?.names).toEqual(['outputTranscription', 'audio'])
  expect(transcriptOf(client)).toBe(STORY)
  expect(connection.sentProblems).toEqual([])
})

test('3.1 takes content as initial history alone', async () => {
  const { client } = await startRawConversation({}, { model: 'models/gemini-3.1-flash-live-preview' })
  client.say('Tell me about Rome')
  expect((await client.closed).code).toBe(1007)
})

test('what was searched comes with the end of the generation', async () => {
  const { client } = await startRawConversation({}, { tools: [{ googleSearch: {} }] })
  client.say('Rome?')
  const { message } = await client.waitFor('generationComplete')
  expect(message.names).toEqual(['generationComplete', 'groundingMetadata'])
})

test('initial history calls no model, and is known', async () => {
  const { client, connection } = await startRawConversation(
    {},
    { historyConfig: { initialHistoryInClientContent: true }, sessionResumption: {} },
  )
  const turns = [
    { role: 'user', parts: [{ text: 'I am Ada.' }] },
    { role: 'model', parts: [{ text: 'Hello Ada.' }] },
  ]
  client.send({ clientContent: { turns, turnComplete: true } })
  client.send({ realtimeInput: { text: 'Rome?' } })
  const { sequence } = await client.waitFor('turnComplete')
  // Only when nothing is left to be done.
  await client.waitFor('sessionResumptionUpdate', { after: sequence })
  expect(client.names.filter((name) => name === 'turnComplete')).toHaveLength(1)
  expect(connection.conversation.slice(0, 2)).toEqual(turns)
})
