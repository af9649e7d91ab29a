import { describe, expect, it } from 'vitest'
import { isVivaVoceError, type VivaVoceError } from '../../src/core/errors.ts'
import { closeError } from '../../src/providers/gemini/failures.ts'
import {
  GeminiRealtime,
  type GeminiRealtimeOptions,
  updateContext,
} from '../../src/providers/gemini/index.ts'
import type { FaultPlan } from '../simulators/gemini/index.ts'
import { RecordingSession } from './gemini-session.ts'
import { startSimulator } from './gemini-rig.ts'

describe('connecting to Gemini', () => {
  it('uses the constrained method with a token, which is asked for anew each time', async () => {
    const { simulator, url } = await startSimulator()
    let asked = 0
    const model = new GeminiRealtime({
      url,
      model: 'gemini-3.8-live',
      auth: () => {
        asked++
        return simulator.mintToken()
      },
    })
    for (const count of [1, 2]) {
      await model.connect(new RecordingSession())
      expect(asked).toBe(count)
      model.close()
    }
    expect(simulator.connections).toHaveLength(2)
    expect(simulator.connections[0]?.violations).toEqual([])
  })

  it('sets the session up as the options and the agent want it', async () => {
    const { connection } = await connect({
      voice: 'Kore',
      temperature: 0.5,
      turnDetection: { silenceDurationMs: 300 },
      toolBehavior: { weather: 'BLOCKING' },
      googleSearch: true,
      inputTranscription: false,
    })
    expect(connection?.setup).toEqual({
      model: 'models/gemini-3.8-live',
      generationConfig: {
        responseModalities: ['AUDIO'],
        temperature: 0.5,
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
      },
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: [
        {
          functionDeclarations: [
            { name: 'weather', description: 'The weather of a city.', behavior: 'BLOCKING' },
          ],
        },
        { googleSearch: {} },
      ],
      realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 300 } },
      outputAudioTranscription: {},
      sessionResumption: {},
      contextWindowCompression: { slidingWindow: {} },
    })
    expect(connection?.violations).toEqual([])
  })

  it('refuses a long-lived key, and takes it only if it is told to', async () => {
    const { simulator, url } = await startSimulator()
    const options = { url, model: 'gemini-3.8-live', auth: () => 'AIzaSecret' }
    const error = await failure(new GeminiRealtime(options))
    expect(error).toMatchObject({ name: 'AuthError', code: 'auth-long-lived-key' })
    expect(error.message).not.toContain('AIza')
    const model = new GeminiRealtime({ ...options, dangerouslyAllowBrowserKey: true })
    await model.connect(new RecordingSession())
    expect(simulator.connections).toHaveLength(1)
    model.close()
  })

  it.each([
    ['a token that is no more', 'auth_tokens/gone', 'AuthError', 'for each connection', false],
    ['something that is no token', 'hello', 'AuthError', 'ephemeral token', false],
  ])('says what to change about %s', async (_, token, name, advice, retryable) => {
    const { url } = await startSimulator()
    const error = await failure(new GeminiRealtime({ url, model: 'gemini-3.8-live', auth: () => token }))
    expect(error).toMatchObject({ name, code: 'auth-failed', retryable })
    expect(error.message).toContain(advice)
    expect(error.message).not.toContain(token.slice(3))
  })

  it.each([
    [
      1008,
      "Method doesn't allow unregistered callers (callers without established identity).",
      'AuthError',
      false,
    ],
    [1007, 'API key not valid: AIzaSecret. Please pass a valid API key.', 'AuthError', false],
    [1008, 'Auth token auth_tokens/Secret has expired.', 'AuthError', true],
    [1007, 'Invalid value at setup.tools[0].', 'ModelError', false],
    [1007, 'The input token count exceeds the maximum.', 'ModelError', false],
    [1008, 'The operation was aborted.', 'ModelError', true],
    [1011, 'Deadline expired before operation could complete.', 'ModelError', true],
    [1011, 'RESOURCE_EXHAUSTED', 'ModelError', false],
    [1006, '', 'ConnectionError', true],
    [1001, 'going away', 'ConnectionError', true],
  ])('explains a close with %i "%s"', (code, reason, name, retryable) => {
    const error = closeError('wss://google/ws?access_token=auth_tokens/Secret', code, reason)
    expect(error).toMatchObject({ name, retryable })
    expect(error.message).toContain(`${code}`)
    expect(error.message).not.toContain('Secret')
  })

  it('uses a token once', async () => {
    const { simulator, url } = await startSimulator()
    const { token } = simulator.mintToken()
    const options = { url, model: 'gemini-3.8-live', auth: () => token }
    await new GeminiRealtime(options).connect(new RecordingSession())
    expect(await failure(new GeminiRealtime(options))).toMatchObject({ name: 'AuthError', retryable: true })
  })

  it('rejects a model that there is not', async () => {
    const { simulator, url } = await startSimulator()
    const options = { url, model: 'nobody', auth: () => simulator.mintToken() }
    const error = await failure(new GeminiRealtime(options))
    expect(error).toMatchObject({ name: 'ModelError', retryable: false })
    expect(error.message).toContain('models/nobody is not found')
  })

  it('gives up in time, and when it is told to', async () => {
    const plan: FaultPlan = { withhold: ['setupComplete'] }
    const { simulator, url } = await startSimulator()
    const options = { url, model: 'gemini-3.8-live', auth: () => simulator.mintToken() }
    simulator.nextConnection(plan)
    expect(await failure(new GeminiRealtime({ ...options, connectTimeoutMs: 50 }))).toMatchObject({
      code: 'connection-timeout',
    })
    simulator.nextConnection(plan)
    const session = new RecordingSession()
    const connecting = new GeminiRealtime(options).connect(session)
    session.abort.abort(new Error('enough'))
    await expect(connecting).rejects.toThrow('enough')
  })

  it('does not go with Google Search and tools at once on 2.5', async () => {
    const model = 'gemini-2.5-flash-native-audio-preview-12-2025'
    const options = { model, auth: () => 'auth_tokens/test', googleSearch: true }
    expect(await failure(new GeminiRealtime(options))).toMatchObject({
      name: 'OptionError',
      option: 'googleSearch',
    })
  })

  it('changes instructions and tools while it goes on, where the model can', async () => {
    const { model, connection } = await connect()
    expect(updateContext(model, { instructions: 'Be long.', tools: [] })).toBe(true)
    await connection?.waitFor('contextUpdate', { direction: 'received' })
    expect(connection?.setup).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be long.' }] },
      tools: [],
    })
    expect(connection?.violations).toEqual([])
    const older = new GeminiRealtime({ model: 'gemini-3.1-flash-live-preview', auth: () => '' })
    expect(() => updateContext(older, { instructions: '' })).toThrow('gemini-3.8-live')
  })
})

async function connect(options: Partial<GeminiRealtimeOptions> = {}) {
  const { simulator, url } = await startSimulator()
  const model = new GeminiRealtime({
    url,
    model: 'gemini-3.8-live',
    auth: () => simulator.mintToken(),
    ...options,
  })
  await model.connect(new RecordingSession())
  return { model, connection: simulator.connections[0] }
}

async function failure(model: GeminiRealtime): Promise<VivaVoceError> {
  try {
    await model.connect(new RecordingSession())
  } catch (error) {
    if (isVivaVoceError(error)) return error
    throw error
  }
  throw new Error('It connected.')
}
