import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/core/errors.ts'
import { GeminiRealtime, type GeminiRealtimeOptions } from '../../src/providers/gemini/index.ts'

const auth = (): string => 'auth_tokens/test'
const newest = 'gemini-3.8-live'
const previous = 'gemini-3.1-flash-live-preview'
const native = 'gemini-2.5-flash-native-audio-preview-12-2025'

describe("Gemini's options", () => {
  it.each<[string, Partial<GeminiRealtimeOptions>, string, string]>([
    [newest, { thinkingConfig: { thinkingLevel: 'LOW' } }, 'thinkingConfig', previous],
    [newest, { enableAffectiveDialog: true }, 'enableAffectiveDialog', 'gemini-2.5'],
    [newest, { proactivity: { proactiveAudio: false } }, 'proactivity.proactiveAudio', 'leave it out'],
    [newest, { responseModality: 'TEXT' }, 'responseModality', 'transcripts'],
    [previous, { thinkingConfig: { thinkingBudget: 0 } }, 'thinkingConfig.thinkingBudget', 'thinkingLevel'],
    [previous, { proactivity: { proactiveAudio: true } }, 'proactivity', newest],
    [previous, { toolBehavior: { a: 'NON_BLOCKING' } }, 'toolBehavior', newest],
    [native, { thinkingConfig: { thinkingLevel: 'LOW' } }, 'thinkingConfig.thinkingLevel', 'thinkingBudget'],
    [native, { responseModality: 'TEXT' }, 'responseModality', 'transcripts'],
  ])('that %s refuses are an error at once: %o', (model, options, option, alternative) => {
    const error = refusal({ model, ...options })
    expect(error).toMatchObject({ option, code: 'option-unsupported' })
    expect(error.message).toContain(model)
    expect(error.message).toContain(option)
    expect(error.message).toContain(alternative)
  })

  it.each<[object, string]>([
    [{ model: '' }, 'model'],
    [{ model: newest, temperature: 3 }, 'temperature'],
    [{ model: newest, url: 'https://google' }, 'url'],
    [{ model: newest, voice: 1 }, 'voice'],
    [{ model: newest, activityHandling: 'NEVER' }, 'activityHandling'],
    [{ model: newest, vioce: 'Kore' }, 'vioce'],
    [{ model: newest, contextWindowCompression: true }, 'contextWindowCompression'],
  ])('that are wrong are named: %o', (options, option) => {
    expect(refusal(options as never)).toMatchObject({ option })
  })

  it('say what the model can do', () => {
    const capabilities = (options: Partial<GeminiRealtimeOptions>) =>
      new GeminiRealtime({ auth, model: newest, ...options }).capabilities
    expect(capabilities({})).toMatchObject({
      inputRate: 16_000,
      outputRate: 24_000,
      manualTurns: false,
      truncation: 'none',
      resume: 'handle',
      maxConnectionMs: 600_000,
    })
    expect(capabilities({ turnDetection: null }).manualTurns).toBe(true)
  })

  it('may name a model that nobody knows yet', () => {
    expect(() => new GeminiRealtime({ auth, model: 'gemini-4-live' })).not.toThrow()
  })
})

function refusal(options: Partial<GeminiRealtimeOptions> & { readonly model: string }): OptionError {
  try {
    return new GeminiRealtime({ auth, ...options }) as never
  } catch (error) {
    if (error instanceof OptionError) return error
    throw error
  }
}
