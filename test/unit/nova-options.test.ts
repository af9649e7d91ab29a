import { describe, expect, it } from 'vitest'
import { isVivaVoceError } from '../../src/core/errors.ts'
import { NovaSonicRealtime, type NovaSonicRealtimeOptions } from '../../src/providers/nova-sonic/index.ts'

const good = { auth: () => ({ accessKeyId: 'ASIA', secretAccessKey: 'x' }), region: 'us-east-1' }

function errorOf(options: unknown): unknown {
  try {
    return new NovaSonicRealtime(options as NovaSonicRealtimeOptions)
  } catch (error) {
    return error
  }
}

describe('options', () => {
  it('that are right make a model that says what it can do', () => {
    expect(new NovaSonicRealtime({ ...good, outputRate: 8000, temperature: 0 }).capabilities).toEqual({
      inputRate: 16_000,
      outputRate: 8000,
      textInput: true,
      tools: true,
      finalWhenHeard: true,
      reply: true,
      resume: 'replay',
      maxConnectionMs: 480_000,
    })
    expect(new NovaSonicRealtime({ transport: 'bridge', url: 'wss://example.com/nova' })).toBeDefined()
  })

  it.each([
    ['auth', { region: 'us-east-1' }],
    ['auth', { ...good, auth: 'AKIA' }],
    ['region', { ...good, region: '' }],
    ['region', { auth: good.auth }],
    ['transport', { ...good, transport: 'webrtc' }],
    ['url', { transport: 'bridge' }],
    ['url', { transport: 'bridge', url: 'https://example.com' }],
    ['url', { ...good, url: 'wss://' }],
    ['voice', { ...good, voice: 7 }],
    ['endpointingSensitivity', { ...good, endpointingSensitivity: 'HIGHEST' }],
    ['maxTokens', { ...good, maxTokens: 0 }],
    ['topP', { ...good, topP: 1.1 }],
    ['temperature', { ...good, temperature: '0.5' }],
    ['outputRate', { ...good, outputRate: 48_000 }],
    ['outputRate', { ...good, outputRate: '24000' }],
    ['connectTimeoutMs', { ...good, connectTimeoutMs: 0 }],
  ])('are checked: %s', (option, options) => {
    const error = errorOf(options)
    expect(error).toMatchObject({ code: 'option-invalid', option })
    expect(String(error)).toContain(`NovaSonicRealtime (`)
  })

  it.each([
    ['turnDetection', { ...good, turnDetection: null }, /endpointingSensitivity/],
    ['instructions', { ...good, instructions: 'Hi' }, /Agent/],
    ['transcription', { ...good, transcription: false }, /always on/],
    ['speed', { ...good, speed: 1.2 }, /its options are .*temperature/],
    ['auth', { transport: 'bridge', url: 'wss://example.com', auth: good.auth }, /bridge/],
    ['region', { transport: 'bridge', url: 'wss://example.com', region: 'us-east-1' }, /bridge/],
  ])('that Nova Sonic has not are refused: %s', (option, options, hint) => {
    const error = errorOf(options)
    expect(error).toMatchObject({ code: 'option-unsupported', option })
    expect(String(error)).toMatch(hint)
    expect(isVivaVoceError(error)).toBe(true)
  })

  it('that are left undefined are left out', () => {
    expect(errorOf({ ...good, voice: undefined, turnDetection: undefined })).toBeInstanceOf(NovaSonicRealtime)
  })
})
