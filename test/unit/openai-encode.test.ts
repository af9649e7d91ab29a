import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as encode from '../../src/providers/openai/encode.ts'
import { mcpServer, type OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import type { ClientEvent } from '../../src/providers/openai/wire.ts'
import { clientSchemas, violations } from './openai-schema.ts'
import { track } from './openai-table-talk.ts'

const needed = { auth: () => 'ek_test', model: 'gpt-realtime-2.1' }
const agent = { instructions: 'Be brief.', tools: [] }

describe('session.update', () => {
  it('asks for speech at 24 kHz, turns by loudness and a transcript, unless told otherwise', () => {
    expect(onWire(encode.sessionUpdate(needed, agent))).toEqual({
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions: 'Be brief.',
        output_modalities: ['audio'],
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24_000 },
            turn_detection: { type: 'server_vad', create_response: true, interrupt_response: true },
            transcription: { model: 'gpt-realtime-whisper' },
          },
          output: { format: { type: 'audio/pcm', rate: 24_000 } },
        },
        tools: [],
      },
    })
  })

  it('carries every option', () => {
    const options: OpenAIRealtimeOptions = {
      ...needed,
      voice: 'marin',
      speed: 1.25,
      noiseReduction: 'near_field',
      transcription: { language: 'de', prompt: 'Orte', keywords: ['Rom'], delay: 'low' },
      turnDetection: {
        type: 'server_vad',
        threshold: 0.4,
        prefixPaddingMs: 200,
        silenceDurationMs: 400,
        idleTimeoutMs: 6000,
        createResponse: false,
        interruptResponse: false,
      },
      outputModalities: 'text',
      include: ['item.input_audio_transcription.logprobs'],
      reasoning: { effort: 'high' },
      prompt: { id: 'pmpt_1', version: '2', variables: { cityName: 'Rom' } },
      tracing: { workflowName: 'guide', groupId: '7', metadata: { pageName: 'home' } },
      truncation: { type: 'retention_ratio', retentionRatio: 0.8, tokenLimits: { postInstructions: 8000 } },
      maxOutputTokens: 500,
      toolChoice: { type: 'mcp', serverLabel: 'maps' },
      parallelToolCalls: false,
      tools: [mcpServer({ label: 'maps', url: 'https://maps.example/mcp' })],
    }
    const update = onWire(encode.sessionUpdate(options, agent))
    expect(update).toEqual({
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions: 'Be brief.',
        output_modalities: ['text'],
        audio: {
          input: {
            format: { type: 'audio/pcm', rate: 24_000 },
            noise_reduction: { type: 'near_field' },
            transcription: {
              model: 'gpt-live-transcribe',
              language: 'de',
              prompt: 'Orte',
              keywords: ['Rom'],
              delay: 'low',
            },
            turn_detection: {
              type: 'server_vad',
              threshold: 0.4,
              prefix_padding_ms: 200,
              silence_duration_ms: 400,
              idle_timeout_ms: 6000,
              create_response: false,
              interrupt_response: false,
            },
          },
          output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin', speed: 1.25 },
        },
        include: ['item.input_audio_transcription.logprobs'],
        reasoning: { effort: 'high' },
        prompt: { id: 'pmpt_1', version: '2', variables: { cityName: 'Rom' } },
        tracing: { workflow_name: 'guide', group_id: '7', metadata: { pageName: 'home' } },
        truncation: {
          type: 'retention_ratio',
          retention_ratio: 0.8,
          token_limits: { post_instructions: 8000 },
        },
        max_output_tokens: 500,
        tool_choice: { type: 'mcp', server_label: 'maps' },
        parallel_tool_calls: false,
        tools: [{ type: 'mcp', server_label: 'maps', server_url: 'https://maps.example/mcp' }],
      },
    })
    expect(violations(update)).toEqual([])
  })

  it('leaves turns to the application with null', () => {
    const update = encode.sessionUpdate({ ...needed, turnDetection: null }, agent)
    expect(onWire(update)).toMatchObject({ session: { audio: { input: { turn_detection: null } } } })
  })

  it('says nothing about the format of what a track carries', () => {
    const update = onWire(encode.sessionUpdate({ ...needed, voice: { id: 'voice_1' } }, agent, track))
    expect(update).toMatchObject({ session: { audio: { output: { voice: { id: 'voice_1' } } } } })
    expect(JSON.stringify(update)).not.toContain('format')
    expect(violations(update)).toEqual([])
  })

  it('switches transcription off with null', () => {
    const update = encode.sessionUpdate({ ...needed, transcription: false }, agent)
    expect(onWire(update)).toMatchObject({ session: { audio: { input: { transcription: null } } } })
  })

  it('takes the transcription model that it is given', () => {
    const update = encode.sessionUpdate({ ...needed, transcription: { model: 'mine', prompt: 'x' } }, agent)
    expect(onWire(update)).toMatchObject({
      session: { audio: { input: { transcription: { model: 'mine' } } } },
    })
  })

  it('declares tools with nothing but what OpenAI knows', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } }
    const tool = { name: 'weather', description: 'Weather.', parameters, execute: 'x' }
    expect(onWire(encode.sessionUpdate(needed, { ...agent, tools: [tool] }))).toMatchObject({
      session: { tools: [{ type: 'function', name: 'weather', description: 'Weather.', parameters }] },
    })
  })
})

describe('a frame', () => {
  it('is JSON that holds its samples', () => {
    fc.assert(
      fc.property(fc.int16Array(), (frame) => {
        const { audio, type } = JSON.parse(encode.appendAudio(frame)) as Record<string, string>
        const bytes = Buffer.from(audio ?? '', 'base64')
        expect(type).toBe('input_audio_buffer.append')
        expect(Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(i * 2))).toEqual([
          ...frame,
        ])
      }),
    )
  })
})

describe.skipIf(!clientSchemas)("OpenAI's schema", () => {
  it('allows everything that is encoded', () => {
    const options: fc.Arbitrary<OpenAIRealtimeOptions> = fc.record(
      {
        auth: fc.constant(needed.auth),
        model: fc.constant(needed.model),
        voice: fc.constantFrom('marin', 'cedar'),
        speed: fc.double({ min: 0.25, max: 1.5, noNaN: true }),
        noiseReduction: fc.constantFrom('near_field' as const, 'far_field' as const),
        transcription: fc.oneof(
          fc.constant(false as const),
          fc.record({ model: fc.string(), language: fc.string(), prompt: fc.string() }, { requiredKeys: [] }),
        ),
        turnDetection: fc.oneof(
          fc.record(
            {
              type: fc.constant('server_vad' as const),
              threshold: fc.double({ min: 0, max: 1, noNaN: true }),
              prefixPaddingMs: fc.nat(1000),
              silenceDurationMs: fc.nat(1000),
              createResponse: fc.boolean(),
              interruptResponse: fc.boolean(),
            },
            { requiredKeys: ['type'] },
          ),
          fc.record(
            {
              type: fc.constant('semantic_vad' as const),
              eagerness: fc.constantFrom('low' as const, 'medium' as const, 'high' as const, 'auto' as const),
              createResponse: fc.boolean(),
            },
            { requiredKeys: ['type'] },
          ),
        ),
      },
      { requiredKeys: ['auth', 'model'] },
    )
    fc.assert(
      fc.property(options, fc.string(), fc.nat(), (options, text, ms) => {
        const tools = [{ name: 'a', description: text, parameters: { type: 'object' } }]
        const sent = [
          encode.sessionUpdate(options, { instructions: text, tools }),
          JSON.parse(encode.appendAudio(new Int16Array(4))) as ClientEvent,
          encode.userMessage({ text, images: [{ mimeType: 'image/jpeg', data: 'AAAA' }] }),
          ...encode.replay({ type: 'message', role: 'user', text }),
          ...encode.replay({ type: 'message', role: 'agent', text }),
          ...encode.replay({
            type: 'toolCall',
            call: { callId: 'C', name: 'a', arguments: text },
            output: text,
          }),
          encode.functionOutput('C', text),
          encode.createResponse('create_1'),
          encode.cancelResponse('R'),
          encode.deleteItem('I'),
          encode.truncateItem('I', ms),
        ]
        expect(sent.flatMap((event) => violations(onWire(event)))).toEqual([])
      }),
    )
  })

  it('would notice what is wrong', () => {
    expect(violations({ type: 'conversation.item.truncate', item_id: 'I', content_index: 0 })).toHaveLength(1)
    expect(violations({ type: 'session.update', session: { type: 'realtime', tools: 'none' } })).toHaveLength(
      1,
    )
    expect(violations({ type: 'response.stop' })).toHaveLength(1)
  })
})

function onWire(event: ClientEvent): Record<string, unknown> {
  return JSON.parse(JSON.stringify(event)) as Record<string, unknown>
}
