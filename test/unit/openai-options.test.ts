import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/core/errors.ts'
import { OpenAIRealtime, type OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import { checkOptions } from '../../src/providers/openai/options.ts'
import { frames } from './openai-table-talk.ts'

const needed = { auth: () => 'ek_test', model: 'gpt-realtime-2.1' }

describe('options', () => {
  it('are taken where they are right', () => {
    const turns: OpenAIRealtimeOptions['turnDetection'][] = [
      {
        type: 'server_vad',
        threshold: 0,
        prefixPaddingMs: 0,
        silenceDurationMs: 500,
        idleTimeoutMs: 6000,
        createResponse: false,
        interruptResponse: true,
      },
      { type: 'semantic_vad', eagerness: 'low' },
      null,
    ]
    for (const turnDetection of turns) {
      const options: OpenAIRealtimeOptions = {
        ...needed,
        voice: { id: 'voice_1' },
        transport: 'websocket',
        url: 'wss://example.com:8080/v1/realtime?region=eu',
        turnDetection: turnDetection ?? null,
        transcription: { model: 'gpt-transcribe', language: 'en', keywords: ['Rome'], delay: 'low' },
        include: ['item.input_audio_transcription.logprobs'],
        noiseReduction: 'far_field',
        speed: 1.5,
        outputModalities: 'text',
        reasoning: { effort: 'minimal' },
        prompt: { id: 'pmpt_1', version: '2', variables: { city: 'Rome' } },
        tracing: { workflowName: 'guide', groupId: '7', metadata: { page: 'home' } },
        truncation: {
          type: 'retention_ratio',
          retentionRatio: 0.8,
          tokenLimits: { postInstructions: 8000 },
        },
        maxOutputTokens: 4096,
        toolChoice: { type: 'function', name: 'weather' },
        parallelToolCalls: false,
        tools: [{ type: 'mcp', server_label: 'maps' }],
        dangerouslyAllowBrowserKey: false,
        connectTimeoutMs: 1,
      }
      expect(() => new OpenAIRealtime(options)).not.toThrow()
    }
  })

  it('take the short forms of what may be an object', () => {
    const options: OpenAIRealtimeOptions = {
      ...needed,
      voice: 'marin',
      tracing: null,
      truncation: 'disabled',
      maxOutputTokens: 'inf',
      toolChoice: 'required',
    }
    expect(() => new OpenAIRealtime(options)).not.toThrow()
  })

  it('may be given as undefined, which is to leave them out', () => {
    const optional = { voice: undefined, url: undefined, speed: undefined, turnDetection: undefined }
    expect(() => new OpenAIRealtime({ ...needed, ...optional } as never)).not.toThrow()
  })

  it('may switch transcription off', () => {
    expect(() => new OpenAIRealtime({ ...needed, transcription: false })).not.toThrow()
  })

  it('need no key where the application negotiates', () => {
    const negotiate = (): Promise<string> => Promise.resolve('')
    const options: OpenAIRealtimeOptions = { model: needed.model, transport: 'webrtc', negotiate }
    expect(() => new OpenAIRealtime(options)).not.toThrow()
    // @ts-expect-error there must be one of both
    const without: OpenAIRealtimeOptions = { model: needed.model }
    expect(() => new OpenAIRealtime(without)).toThrow(OptionError)
  })

  it.each<[string, unknown, string, object?]>([
    ['transport', 'carrier pigeon', 'websocket'],
    ['temperature', 0.8, 'speed'],
    ['negotiate', () => Promise.resolve(''), 'webrtc', { transport: 'websocket' }],
  ])('that are not supported are refused: %s', (option, value, alternative, others = {}) => {
    const error = refusal({ ...others, [option]: value })
    expect(error).toMatchObject({ code: expect.stringMatching(/^option-/) as string, option })
    expect(error?.message).toContain('gpt-realtime-2.1')
    expect(error?.message).toContain(option)
    expect(error?.message).toContain(alternative)
  })

  it.each([
    ['threshold', { type: 'semantic_vad', threshold: 0.5 }],
    ['eagerness', { type: 'server_vad', eagerness: 'low' }],
    ['idleTimeoutMs', { type: 'semantic_vad', idleTimeoutMs: 5000 }],
  ])('of turn detection that its type does not have are refused: %s', (name, turnDetection) => {
    expect(refusal({ turnDetection })).toMatchObject({
      code: 'option-unsupported',
      option: `turnDetection.${name}`,
    })
  })

  it('that the transport or the dialect cannot honour are refused', () => {
    const options: OpenAIRealtimeOptions = { ...needed, outputModalities: 'text' }
    expect(() => checkOptions(options, frames)).not.toThrow()
    expect(() => checkOptions(options, { ...frames, textOutput: false })).toThrow(
      expect.objectContaining({ code: 'option-unsupported', option: 'outputModalities' }) as Error,
    )
  })

  it.each<[string, object]>([
    ['auth', { auth: undefined }],
    ['auth', { auth: 'ek_test' }],
    ['model', { model: undefined }],
    ['model', { model: '' }],
    ['voice', { voice: '' }],
    ['url', { transport: 'websocket', url: 'https://api.openai.com/v1/realtime' }],
    ['url', { transport: 'webrtc', url: 'wss://api.openai.com/v1/realtime' }],
    ['url', { url: 7 }],
    ['noiseReduction', { noiseReduction: 'mid_field' }],
    ['noiseReduction', { noiseReduction: null }],
    ['speed', { speed: 2 }],
    ['speed', { speed: NaN }],
    ['speed', { speed: '1' }],
    ['outputModalities', { outputModalities: ['text'] }],
    ['dangerouslyAllowBrowserKey', { dangerouslyAllowBrowserKey: 'yes' }],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['connectTimeoutMs', { connectTimeoutMs: Infinity }],
    ['transcription', { transcription: 'whisper-1' }],
    ['transcription.model', { transcription: { model: '' } }],
    ['transcription.keywords', { transcription: { keywords: 'Rome' } }],
    ['transcription.delay', { transcription: { delay: 1 } }],
    ['turnDetection', { turnDetection: 'server_vad' }],
    ['turnDetection.type', { turnDetection: {} }],
    ['turnDetection.type', { turnDetection: { type: 'none' } }],
    ['turnDetection.threshold', { turnDetection: { type: 'server_vad', threshold: 1.1 } }],
    ['turnDetection.silenceDurationMs', { turnDetection: { type: 'server_vad', silenceDurationMs: -1 } }],
    ['turnDetection.idleTimeoutMs', { turnDetection: { type: 'server_vad', idleTimeoutMs: 100 } }],
    ['turnDetection.eagerness', { turnDetection: { type: 'semantic_vad', eagerness: 'huge' } }],
    ['turnDetection.createResponse', { turnDetection: { type: 'semantic_vad', createResponse: 1 } }],
    ['reasoning', { reasoning: 'huge' }],
    ['prompt', { prompt: 'pmpt_1' }],
    ['truncation', { truncation: 'half' }],
    ['include', { include: 'logprobs' }],
    ['tracing', { tracing: 'always' }],
    ['maxOutputTokens', { maxOutputTokens: 5000 }],
    ['toolChoice', { toolChoice: 'any' }],
    ['parallelToolCalls', { parallelToolCalls: 'no' }],
    ['tools', { tools: {} }],
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
