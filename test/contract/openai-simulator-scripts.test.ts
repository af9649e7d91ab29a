import { expect, test, vi } from 'vitest'
import type { OpenAISimulatorOptions, WireMessage } from '../simulators/openai/index.ts'
import type { RawClient } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'

vi.setConfig({ testTimeout: 30_000 })

const SPEECH_STARTED = 'input_audio_buffer.speech_started'
const items = ['Rome was not built in a day.', 'Nor was Naples.'].map(
  (text) => ({ type: 'message', text }) as const,
)

/** A conversation that the user interrupts at one moment. */
async function interruptedAt(type: string, options: OpenAISimulatorOptions = {}): Promise<RawClient> {
  const script = [{ at: { type }, run: (connection: { startSpeech(): void }) => connection.startSpeech() }]
  const { client } = await startRawConversation({ pace: 8, reply: () => ({ items }), ...options }, { script })
  client.say('Tell me about Rome')
  await client.waitFor('rate_limits.updated')
  await client.waitFor(SPEECH_STARTED)
  return client
}

function done({ events }: RawClient): WireMessage | undefined {
  return events.find(({ type }) => type === 'response.done')
}

const CANCELLED = { response: { status: 'cancelled', status_details: { reason: 'turn_detected' } } }

test('interrupted before the first item, an answer has none', async () => {
  const client = await interruptedAt('response.created')
  expect(done(client)).toMatchObject({ response: { ...CANCELLED.response, output: [] } })
})

test('interrupted before the first delta, an answer has an item without audio', async () => {
  const client = await interruptedAt('response.content_part.added', { lateDeltas: 0 })
  expect(client.types).not.toContain('response.output_audio.delta')
  expect(done(client)).toMatchObject({
    response: { ...CANCELLED.response, output: [{ status: 'incomplete' }] },
  })
})

test('interrupted between two items, an answer has the first only', async () => {
  const client = await interruptedAt('response.output_item.done')
  expect(done(client)).toMatchObject({
    response: { ...CANCELLED.response, output: [{ status: 'completed' }] },
  })
})

test('interrupted amid its audio, an answer still sends some deltas', async () => {
  const client = await interruptedAt('response.output_audio.delta', { lateDeltas: 2 })
  const after = client.types.slice(client.types.indexOf(SPEECH_STARTED))
  expect(after.filter((type) => type === 'response.output_audio.delta')).toHaveLength(2)
  expect(done(client)).toMatchObject(CANCELLED)
})

test('interrupted after everything was sent, an answer is complete all the same', async () => {
  const client = await interruptedAt('response.done', { pace: Infinity })
  expect(done(client)).toMatchObject({ response: { status: 'completed' } })
})

test.each(['server_vad', 'semantic_vad'])('with %s, speech need not interrupt', async (type) => {
  const at = { type: 'response.output_audio.delta' }
  const script = [{ at, run: (connection: { startSpeech(): void }) => connection.startSpeech() }]
  const { client } = await startRawConversation({ reply: () => ({ items }) }, { script })
  await client.update({ audio: { input: { turn_detection: { type, interrupt_response: false } } } })
  client.say('Tell me about Rome')
  await client.waitFor('response.done')
  expect(client.types).toContain(SPEECH_STARTED)
  expect(done(client)).toMatchObject({ response: { status: 'completed' } })
})

test('what interrupts is answered when it has ended', async () => {
  const script = [
    { at: { type: 'response.output_audio.delta' }, run: (c: { startSpeech(): void }) => c.startSpeech() },
    { at: { type: 'response.done' }, run: (c: { stopSpeech(): void }) => c.stopSpeech() },
  ]
  const { client } = await startRawConversation({ reply: () => ({ items }) }, { script })
  client.say('Tell me about Rome')
  const { sequence } = await client.waitFor('response.done')
  expect((await client.waitFor('response.done', { after: sequence })).message).toMatchObject({
    response: { status: 'completed' },
  })
})
