import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/core/errors.ts'
import { OpenAIRealtime, type OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'

const needed = { auth: () => 'ek_test', model: 'gpt-realtime-2.1' }

describe('options', () => {
  it('are taken where they are right', () => {
    const turns: OpenAIRealtimeOptions['turnDetection'][] = [
      {
        type: 'server_vad',
        threshold: 0,
        prefixPaddingMs: 0,
        silenceDurationMs: 500,
        createResponse: false,
        interruptResponse: true,
      },
      { type: 'semantic_vad', eagerness: 'low' },
    ]
    for (const turnDetection of turns) {
      const model = new OpenAIRealtime({
        ...needed,
        voice: 'marin',
        transport: 'websocket',
        url: 'wss://example.com:8080/v1/realtime?region=eu',
        turnDetection: turnDetection ?? { type: 'server_vad' },
        transcription: { model: 'gpt-transcribe', language: 'en', prompt: 'Names of cities.' },
        noiseReduction: 'far_field',
        speed: 1.5,
        dangerouslyAllowBrowserKey: false,
        connectTimeoutMs: 1,
      })
      expect(model.capabilities).toEqual({
        inputRate: 24_000,
        outputRate: 24_000,
        turnEvents: true,
        truncation: 'client',
        textInput: true,
        tools: true,
      })
    }
  })

  it('may be given as undefined, which is to leave them out', () => {
    const optional = { voice: undefined, url: undefined, speed: undefined, turnDetection: undefined }
    expect(() => new OpenAIRealtime({ ...needed, ...optional } as never)).not.toThrow()
  })

  it('may switch transcription off', () => {
    expect(() => new OpenAIRealtime({ ...needed, transcription: false })).not.toThrow()
  })

  it.each([
    ['transport', 'webrtc', 'websocket'],
    ['turnDetection', null, 'left out'],
    ['temperature', 0.8, 'speed'],
  ])('that are not supported are refused: %s', (option, value, alternative) => {
    const error = refusal({ [option]: value })
    expect(error).toMatchObject({ code: 'option-unsupported', option })
    expect(error?.message).toContain('gpt-realtime-2.1')
    expect(error?.message).toContain(option)
    expect(error?.message).toContain(alternative)
  })

  it.each([
    ['threshold', { type: 'semantic_vad', threshold: 0.5 }],
    ['eagerness', { type: 'server_vad', eagerness: 'low' }],
    ['idleTimeoutMs', { type: 'server_vad', idleTimeoutMs: 5000 }],
  ])('of turn detection that its type does not have are refused: %s', (name, turnDetection) => {
    expect(refusal({ turnDetection })).toMatchObject({
      code: 'option-unsupported',
      option: `turnDetection.${name}`,
    })
  })

  it.each<[string, object]>([
    ['auth', { auth: undefined }],
    ['auth', { auth: 'ek_test' }],
    ['model', { model: undefined }],
    ['model', { model: '' }],
    ['voice', { voice: '' }],
    ['voice', { voice: { id: 'voice_1' } }],
    ['url', { url: 'https://api.openai.com/v1/realtime' }],
    ['url', { url: '/v1/realtime' }],
    ['url', { url: 'wss://' }],
    ['url', { url: 7 }],
    ['noiseReduction', { noiseReduction: 'mid_field' }],
    ['noiseReduction', { noiseReduction: null }],
    ['speed', { speed: 2 }],
    ['speed', { speed: NaN }],
    ['speed', { speed: '1' }],
    ['dangerouslyAllowBrowserKey', { dangerouslyAllowBrowserKey: 'yes' }],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['connectTimeoutMs', { connectTimeoutMs: Infinity }],
    ['transcription', { transcription: 'whisper-1' }],
    ['transcription.model', { transcription: { model: '' } }],
    ['turnDetection', { turnDetection: 'server_vad' }],
    ['turnDetection.type', { turnDetection: {} }],
    ['turnDetection.type', { turnDetection: { type: 'none' } }],
    ['turnDetection.threshold', { turnDetection: { type: 'server_vad', threshold: 1.1 } }],
    ['turnDetection.silenceDurationMs', { turnDetection: { type: 'server_vad', silenceDurationMs: -1 } }],
    ['turnDetection.eagerness', { turnDetection: { type: 'semantic_vad', eagerness: 'huge' } }],
    ['turnDetection.createResponse', { turnDetection: { type: 'semantic_vad', createResponse: 1 } }],
  ])('that are wrong are refused: %s in %j', (option, options) => {
    expect(refusal(options)).toMatchObject({ option, code: expect.stringMatching(/^option-/) as string })
  })
})

function refusal(options: object): OptionError | undefined {
  try {
    void new OpenAIRealtime({ ...needed, ...options })
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError)
    return error as OptionError
  }
  return undefined
}
