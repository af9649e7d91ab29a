import { describe, expect, it } from 'vitest'
import type { ToolOutcome } from '../../src/agent/tool-call.ts'
import { toolSchema } from '../../src/providers/gemini/tool-schema.ts'
import { hiss, Rig, weather } from './gemini-rig.ts'

const blocking = ['gemini-2.5-flash-native-audio-preview-12-2025', 'gemini-3.1-flash-live-preview']

describe("Gemini's tools", () => {
  it.each([...blocking, 'gemini-3.8-live'])('are called and answered: %s', async (model) => {
    const rig = await Rig.start({ model: { model }, tools: [weather] })
    rig.type('What is the weather in Rome?')
    await rig.until(() => rig.items.length > 0)
    await rig.reaches('listening')
    expect(rig.calls).toMatchObject([{ name: 'weather', arguments: '{"city":"Rome"}' }])
    expect(rig.sent('toolResponse')).toMatchObject([
      { toolResponse: { functionResponses: [{ name: 'weather', response: { sky: 'clear' } }] } },
    ])
    expect(rig.transcripts.at(-1)?.text).toContain('clear')
    expect(rig.of('stateChanged').map(({ state }) => state)).toEqual([
      'connecting',
      'listening',
      'thinking',
      'speaking',
      'listening',
    ])
    expect(rig.violations).toEqual([])
  })

  it('are called side by side; those that the model waits for are answered together', async () => {
    const rig = await Rig.start({ model: { toolBehavior: 'BLOCKING' }, tools: [weather] })
    rig.type('What is the weather in Rome and in Milan?')
    await rig.until(() => rig.items.length > 0)
    expect(rig.calls).toHaveLength(2)
    expect(rig.sent('toolResponse')).toHaveLength(1)
    expect(rig.violations).toEqual([])
  })

  it('are called once, however often the call is announced', async () => {
    const rig = await Rig.start({ tools: [weather], plans: [{ duplicate: ['toolCall'] }] })
    rig.type('What is the weather in Rome?')
    await rig.until(() => rig.items.length > 0)
    expect(rig.calls).toHaveLength(1)
    expect(rig.sent('toolResponse')).toHaveLength(1)
    expect(rig.violations).toEqual([])
  })

  it.each(blocking)('hold back voice and text that would end the connection: %s', async (model) => {
    let finish = (_outcome: ToolOutcome): void => {}
    const rig = await Rig.start({
      model: { model },
      tools: [weather],
      runTool: () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    })
    rig.type('What is the weather in Rome?')
    await rig.until(() => rig.calls.length === 1)
    await rig.hear(hiss(12_000))
    rig.type('And thanks')
    finish({ output: 'clear', ok: true })
    await rig.until(() => rig.connection.audio.length > 0)
    await rig.until(() => rig.connection.audio.length > 9_900 * 16)
    const names = rig.connection.received.map(({ message }) => message.type)
    expect(names.indexOf('toolResponse')).toBeLessThan(names.indexOf('realtimeInput.audio'))
    expect(rig.model.droppedFrames).toBeGreaterThan(50)
    await rig.until(() => rig.items.length > 0)
    expect(rig.connection.alive).toBe(true)
    expect(rig.violations).toEqual([])
  })

  it('run while the conversation goes on, where the model does not wait', async () => {
    let finish = (_outcome: ToolOutcome): void => {}
    const rig = await Rig.start({
      tools: [weather],
      model: { toolScheduling: 'INTERRUPT' },
      runTool: () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    })
    rig.type('What is the weather in Rome?')
    await rig.until(() => rig.calls.length === 1)
    rig.type('Hello')
    await rig.until(() => rig.items.length === 1 && rig.state === 'listening')
    finish({ output: '"clear"', ok: true })
    await rig.until(() => rig.items.length === 2 && rig.state === 'listening')
    expect(rig.sent('toolResponse')).toMatchObject([
      { toolResponse: { functionResponses: [{ response: { output: 'clear' }, scheduling: 'INTERRUPT' }] } },
    ])
    expect(rig.violations).toEqual([])
  })

  it('whose results are not to be spoken leave nobody waiting', async () => {
    const rig = await Rig.start({ tools: [weather], model: { toolScheduling: { weather: 'SILENT' } } })
    rig.type('What is the weather in Rome?')
    await rig.connection.waitFor('toolResponse', { direction: 'received' })
    await rig.reaches('listening')
    expect(rig.items).toEqual([])
    expect(rig.violations).toEqual([])
  })

  it('are declared in what Gemini understands of JSON Schema', () => {
    const schema = {
      type: 'object',
      additionalProperties: false,
      $defs: { tree: { type: 'object', properties: { left: { $ref: '#/$defs/tree' } } } },
      properties: {
        when: { type: ['string', 'null'], format: 'email', minLength: 2 },
        unit: { const: 'C' },
        level: { enum: [1, 2], description: 'How much.' },
        either: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] },
        many: { type: 'array', items: { oneOf: [{ type: 'integer' }, { type: 'null' }] } },
        tree: { $ref: '#/$defs/tree' },
        both: { allOf: [{ properties: { a: { type: 'boolean' } }, required: ['a'] }, { title: 'Both' }] },
      },
      required: ['unit'],
    }
    const { properties = {}, ...rest } = toolSchema(schema)
    expect(rest).toEqual({ type: 'OBJECT', required: ['unit'] })
    const { tree, ...others } = properties
    expect(others).toEqual({
      when: { type: 'STRING', nullable: true, minLength: '2' },
      unit: { type: 'STRING', enum: ['C'] },
      level: { description: 'How much. One of [1,2].' },
      either: { nullable: true, anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] },
      many: { type: 'ARRAY', items: { type: 'INTEGER', nullable: true } },
      both: { type: 'OBJECT', title: 'Both', properties: { a: { type: 'BOOLEAN' } }, required: ['a'] },
    })
    expect(tree?.properties?.left?.type).toBe('OBJECT')
  })
  it('are declared with all that their schemas refer to, and with an end if they refer to themselves', () => {
    const $defs = {
      base: { properties: { a: { type: 'string' } }, required: ['a'] },
      loop: { allOf: [{ $ref: '#/$defs/loop' }], title: 'Loop' },
    }
    const properties = { b: { $ref: '#/$defs/base/properties/a', description: 'B' } }
    const schema = { $defs, allOf: [{ $ref: '#/$defs/base' }], properties, required: ['b'] }
    expect(toolSchema(schema)).toEqual({
      type: 'OBJECT',
      properties: { a: { type: 'STRING' }, b: { type: 'STRING', description: 'B' } },
      required: ['a', 'b'],
    })
    expect(toolSchema({ $defs, $ref: '#/$defs/loop' })).toEqual({ title: 'Loop' })
  })
})
