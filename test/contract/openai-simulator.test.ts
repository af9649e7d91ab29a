import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { decodePcm, joinPcm } from '../simulators/pcm.ts'
import { createOpenAISimulator, type WireMessage } from '../simulators/openai/index.ts'
import { RawClient } from '../simulators/openai/raw-client.ts'
import { startRawConversation } from '../simulators/openai/start-raw-conversation.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

const USER = { sampleRate: 24_000, voice: 'en-us+f3' }

/** Types in order, each run of one type once. */
function runs(types: readonly string[]): readonly string[] {
  return types.filter((type, index) => type !== types[index - 1])
}

function audioOf(events: readonly WireMessage[]): Int16Array {
  const deltas = events.filter(({ type }) => type === 'response.output_audio.delta')
  return joinPcm(deltas.map(({ delta }) => decodePcm(String(delta))))
}

describe('a connection', () => {
  test('speaks the subprotocol realtime and opens with the whole session', async () => {
    const simulator = createOpenAISimulator()
    onTestFinished(() => simulator.close())
    const { url } = await simulator.listen()
    const client = new RawClient({ url, token: 'ek_test_anything', model: 'gpt-realtime-2.1-mini' })
    expect(await client.opened()).toBe('realtime')
    const { message } = await client.waitFor('session.created')
    expect(client.types).toEqual(['session.created'])
    expect(message).toMatchObject({
      event_id: expect.stringMatching(/^event_\w{21}$/) as string,
      session: {
        id: expect.stringMatching(/^sess_\w{21}$/) as string,
        model: 'gpt-realtime-2.1-mini',
        audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 200 } } },
      },
    })
    client.close()
  })

  test.each([
    ['a token of somebody else', () => 'ek_live_123'],
    ['a long-lived key', () => 'sk-123'],
    ['a token that has expired', mintExpired],
  ])('is refused with 401 for %s', async (_name, token) => {
    const simulator = createOpenAISimulator()
    onTestFinished(() => simulator.close())
    const { url } = await simulator.listen()
    const client = new RawClient({ url, token: token(simulator) })
    await expect(client.opened()).rejects.toThrow('401')
    expect(simulator.connections).toEqual([])
  })

  test('of the beta shape is told so and closed', async () => {
    const simulator = createOpenAISimulator()
    onTestFinished(() => simulator.close())
    const { url } = await simulator.listen()
    const headers = { 'OpenAI-Beta': 'realtime=v1' }
    const client = new RawClient({ url, token: 'ek_test', headers })
    expect(await client.closed).toEqual({
      code: 4000,
      reason: 'invalid_request_error.beta_api_shape_disabled',
    })
    expect(client.types).toEqual(['error'])
  })

  test('opened with a token from client_secrets begins with what that was made with', async () => {
    const simulator = createOpenAISimulator({ apiKey: 'sk-local' })
    onTestFinished(() => simulator.close())
    const { url, httpUrl } = await simulator.listen()
    const post = (key: string, body: unknown): Promise<Response> =>
      fetch(`${httpUrl}/client_secrets`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
      })
    const session = { type: 'realtime', instructions: 'Be brief.', audio: { output: { voice: 'marin' } } }
    expect((await post('sk-wrong', {})).status).toBe(401)
    expect((await post('sk-local', { session, ttl: 5 })).status).toBe(400)
    const secret = (await (await post('sk-local', { session })).json()) as WireMessage & { value: string }
    expect(secret).toMatchObject({ value: expect.stringMatching(/^ek_/) as string, session })
    const client = new RawClient({ url, token: secret.value })
    const { message } = await client.waitFor('session.created')
    expect(message.session).toMatchObject(session)
    client.close()
  })

  test('ends with session_expired when its time is up', async () => {
    const { client } = await startRawConversation({ sessionSeconds: 0.05 })
    expect((await client.closed).code).toBe(1001)
    expect(client.events.at(-1)).toMatchObject({ type: 'error', error: { code: 'session_expired' } })
  })
})

function mintExpired(simulator: ReturnType<typeof createOpenAISimulator>): string {
  return simulator.mintToken({ ttlMs: -1 }).token
}

describe('a spoken turn', () => {
  test('runs in the recorded order', async () => {
    const { client, connection } = await startRawConversation()
    await client.update({})
    client.speak(await synthesize('Where can I see the sunset?', USER))
    await client.waitFor('rate_limits.updated')
    const types = client.types.filter((type) => type !== 'response.output_audio_transcript.delta')
    expect(runs(types)).toEqual([
      'session.created',
      'session.updated',
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_audio.delta',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
      'rate_limits.updated',
    ])
    expect(connection.violations).toEqual([])
  })

  test('gives back exactly the samples that were sent', async () => {
    const { client, connection } = await startRawConversation({ pace: Infinity })
    await client.update({})
    const sent = client.speak(await synthesize('Where can I see the sunset?', USER))
    await client.waitFor('response.done')
    const [utterance] = connection.utterances
    if (!utterance) throw new Error('no utterance')
    expect(connection.audio).toEqual(sent)
    expect(utterance.pcm).toEqual(sent.slice(utterance.startMs * 24, utterance.endMs * 24))
    const answer = audioOf(client.events)
    expect(answer.subarray(-utterance.pcm.length)).toEqual(utterance.pcm)
    expect(answer.length).toBeGreaterThan(utterance.pcm.length + 24_000)
  })

  test('starts the padding before the voice and stops the silence after it', async () => {
    const { client, connection } = await startRawConversation({ pace: Infinity })
    const detection = { type: 'server_vad', prefix_padding_ms: 100, silence_duration_ms: 400 }
    await client.update({ audio: { input: { turn_detection: detection } } })
    const pcm = await synthesize('Where can I see the sunset?', USER)
    client.speak(pcm, { beforeMs: 1000 })
    await client.waitFor('response.done')
    const [utterance] = connection.utterances
    const spokenMs = pcm.length / 24
    expect(utterance?.startMs).toBeGreaterThan(850)
    expect(utterance?.startMs).toBeLessThan(1000)
    expect(utterance?.endMs).toBeGreaterThan(1000 + spokenMs - 400)
    expect(utterance?.endMs).toBeLessThan(1000 + spokenMs + 450)
  })

  test('is transcribed beside the answer if the session asks for it', async () => {
    const transcribe = (): string => 'Where is it?'
    const { client, connection } = await startRawConversation({ transcribe })
    await client.update({ audio: { input: { transcription: { model: 'gpt-realtime-whisper' } } } })
    client.speak(await synthesize('Where is it?', USER))
    const done = await client.waitFor('conversation.item.input_audio_transcription.completed')
    expect(done.message.transcript).toBe('Where is it?')
    const deltas = client.events.filter(({ type }) => type.endsWith('transcription.delta'))
    expect(deltas.map(({ delta }) => delta).join('')).toBe('Where is it?')
    const created = client.types.indexOf('response.created')
    expect(client.types.indexOf('conversation.item.input_audio_transcription.delta')).toBeGreaterThan(created)
    await client.waitFor('response.done')
    expect(connection.history[0]?.wire).toMatchObject({ content: [{ transcript: 'Where is it?' }] })
  })

  test('is answered all the same if its transcription fails', async () => {
    const transcribe = (): never => {
      throw new Error('no')
    }
    const { client } = await startRawConversation({ transcribe })
    await client.update({ audio: { input: { transcription: { model: 'gpt-realtime-whisper' } } } })
    client.speak(await synthesize('Where is it?', USER))
    await client.waitFor('conversation.item.input_audio_transcription.failed')
    expect((await client.waitFor('response.done')).message).toMatchObject({
      response: { status: 'completed' },
    })
  })

  test('waits for the client where nobody detects turns', async () => {
    const { client, connection } = await startRawConversation({ pace: Infinity })
    await client.update({ audio: { input: { turn_detection: null } } })
    const sent = client.speak(await synthesize('Hello?', USER))
    client.send({ type: 'input_audio_buffer.commit' })
    await client.waitFor('conversation.item.done')
    expect(client.types).not.toContain('response.created')
    client.send({ type: 'response.create' })
    await client.waitFor('response.done')
    expect(client.types).not.toContain('input_audio_buffer.speech_started')
    expect(connection.utterances[0]?.pcm).toEqual(sent)
    expect(audioOf(client.events).subarray(-sent.length)).toEqual(sent)
  })

  test('is understood as well where little is kept', async () => {
    const { client, connection } = await startRawConversation({ pace: Infinity, record: false })
    await client.update({})
    client.speak(new Int16Array(0), { beforeMs: 60_000 })
    client.speak(await synthesize('Hello?', USER))
    await client.waitFor('response.done')
    const [utterance] = connection.utterances
    expect(utterance?.startMs).toBeGreaterThan(60_000)
    expect(audioOf(client.events).subarray(-(utterance?.pcm.length ?? 0))).toEqual(utterance?.pcm)
    expect(connection.audio.length).toBeLessThan(20 * 24_000)
  })

  test('is not answered if the session creates no responses', async () => {
    const { client } = await startRawConversation()
    const detection = { type: 'server_vad', create_response: false }
    await client.update({ audio: { input: { turn_detection: detection } } })
    client.speak(await synthesize('Hello?', USER))
    await client.waitFor('conversation.item.done')
    await client.update({ instructions: '' })
    expect(client.types).not.toContain('response.created')
  })
})
