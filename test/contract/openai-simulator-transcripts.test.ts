import { expect, test, vi } from 'vitest'
import type { OpenAISimulatorOptions } from '../simulators/openai/index.ts'
import type { RawClient } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

const PREFIX = 'conversation.item.input_audio_transcription'
const reply = (): { readonly items: readonly [{ readonly type: 'message'; readonly text: string }] } => ({
  items: [{ type: 'message', text: 'Rome was not built in a day, and it is not seen in one.' }],
})

async function sayHello(options: OpenAISimulatorOptions, session: object = {}): Promise<RawClient> {
  const { client } = await startRawConversation({
    pace: 3,
    reply,
    transcribe: () => 'Hello there',
    ...options,
  })
  await client.update({ ...session, audio: { input: { transcription: { model: 'gpt-transcribe' } } } })
  client.speak(await synthesize('Hello there', { sampleRate: 24_000, voice: 'en-us+f3' }))
  return client
}

test.each([
  ['before-answer', [`${PREFIX}.delta`, `${PREFIX}.completed`, 'response.created', 'response.done']],
  ['amid-answer', ['response.created', `${PREFIX}.delta`, `${PREFIX}.completed`, 'response.done']],
  ['after-answer', ['response.created', 'response.done', `${PREFIX}.delta`, `${PREFIX}.completed`]],
  ['around-answer', [`${PREFIX}.delta`, 'response.done', `${PREFIX}.completed`]],
] as const)('a transcript comes %s', async (transcriptTiming, order) => {
  const client = await sayHello({ transcriptTiming })
  for (const type of order) await client.waitFor(type)
  const places = order.map((type) => client.types.indexOf(type))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})

test('where a transcript fails, the answer comes all the same', async () => {
  const transcribe = (): never => {
    throw new Error('no')
  }
  const client = await sayHello({ transcriptTiming: 'before-answer', transcribe })
  await client.waitFor('response.done')
  expect(client.types.indexOf(`${PREFIX}.failed`)).toBeGreaterThan(0)
})

test('a transcript says who spoke', async () => {
  const segments = [
    { speaker: 'A', text: 'Hello', startMs: 0, endMs: 400 },
    { speaker: 'B', text: 'there', startMs: 400, endMs: 900 },
  ]
  const client = await sayHello({ transcribe: () => ({ text: 'Hello there', segments }) })
  await client.waitFor(`${PREFIX}.completed`)
  const told = client.events.filter(({ type }) => type === `${PREFIX}.segment`)
  expect(told).toMatchObject([
    { speaker: 'A', text: 'Hello', start: 0, end: 0.4 },
    { speaker: 'B', text: 'there', start: 0.4, end: 0.9 },
  ])
})

test.each([true, false])('log probabilities come if they were asked for: %s', async (asked) => {
  const include = asked ? ['item.input_audio_transcription.logprobs'] : null
  const client = await sayHello({}, { include })
  const { message } = await client.waitFor(`${PREFIX}.completed`)
  expect('logprobs' in message).toBe(asked)
})
