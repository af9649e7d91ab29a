import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import * as z from 'zod'
import type { JsonObjectSchema } from '../../src/agent/json-schema-type.ts'
import type { StandardSchema } from '../../src/agent/standard-schema.ts'
import { tool, type Tool, type ToolContext } from '../../src/agent/tool.ts'
import { context } from './tool-rig.ts'

const described = { name: 'weather', description: 'Tells the weather.' }
const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const

/** A tool that tells the arguments it was given. */
const echo = (parameters?: StandardSchema | JsonObjectSchema): Tool =>
  tool({ ...described, ...(parameters && { parameters }), execute: (args) => args })

test.each(['a', 'get_weather-2', 'x'.repeat(64)])('%s names a tool', (name) => {
  expect(tool({ ...described, name, execute: () => '' }).declaration.name).toBe(name)
})

test.each(['', 'a b', 'é', 'a.b', 'a\n', 'x'.repeat(65)])('%j names no tool', (name) => {
  expect(() => tool({ ...described, name, execute: () => '' })).toThrow(
    expect.objectContaining({ code: 'option-invalid', option: 'tool.name' }),
  )
})

test.each([0, -1, NaN, Infinity, 2 ** 31])('a time limit of %d ms is refused', (timeoutMs) => {
  expect(() => tool({ ...described, timeoutMs, execute: () => '' })).toThrow(
    expect.objectContaining({ code: 'option-invalid', option: 'tool.timeoutMs' }),
  )
})

test('the declaration of a zod schema is plain JSON Schema of what goes in', () => {
  const { declaration } = echo(
    z.object({ city: z.string().describe('In English.'), days: z.number().default(3) }),
  )
  expect(structuredClone(declaration)).toStrictEqual({
    ...described,
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'In English.' },
        days: { type: 'number', default: 3 },
      },
      required: ['city'],
    },
  })
  expect(Reflect.ownKeys(declaration.parameters)).toEqual(['type', 'properties', 'required'])
})

test('the declaration of JSON Schema is a copy that names no dialect', () => {
  const parameters = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...city }
  const { declaration } = echo(parameters)
  expect(declaration.parameters).toStrictEqual(city)
  expect(declaration.parameters.properties).not.toBe(city.properties)
})

test('a tool without parameters takes an empty object, or nothing at all', async () => {
  expect(echo().declaration.parameters).toEqual({ type: 'object', properties: {} })
  for (const text of ['{}', '', ' \n']) expect(await echo().run(text, context)).toBe('{}')
})

const standard = { version: 1, vendor: 'acme', validate: (value: unknown) => ({ value }) } as const
test.each<[string, unknown, string]>([
  ['a schema without JSON Schema', { '~standard': standard }, 'acme does not add it'],
  ['zod without words for it', z.object({ at: z.date() }), 'Date cannot be represented'],
  ['a union', z.union([z.object({}), z.object({})]), 'one object'],
  ['a scalar', z.string(), 'one object'],
  [
    'a circular schema',
    Object.assign(
      { type: 'object' },
      {
        get self() {
          return this
        },
      },
    ),
    'circular',
  ],
  ['no schema at all', 'object', 'one object'],
])('%s is refused as parameters, with what to do', (_, parameters, reason) => {
  expect(() => echo(parameters as JsonObjectSchema)).toThrow(
    expect.objectContaining({
      code: 'option-invalid',
      option: 'tool.parameters',
      message: expect.stringContaining(reason) as string,
    }),
  )
})

test('zod gives execute its output, defaults and transformations applied', async () => {
  const parameters = z.object({
    city: z.string().transform(async (text) => text.toUpperCase()),
    days: z.number().default(3),
  })
  const told = await echo(parameters).run('{"city":"Rome","extra":1}', context)
  expect(JSON.parse(told)).toEqual({ city: 'ROME', days: 3 })
})

test('a schema that is a function, with a path of segments, is understood', async () => {
  const parameters = Object.assign(() => {}, {
    '~standard': {
      ...standard,
      validate: async () => ({ issues: [{ message: 'too far', path: [{ key: 'to' }, 0, 'x'] }] }),
      jsonSchema: { input: () => ({ type: 'object', '~standard': standard }) },
    },
  })
  expect(echo(parameters).declaration.parameters).toEqual({ type: 'object' })
  await expect(echo(parameters).run('{}', context)).rejects.toThrow('to[0].x: too far')
})

test.each<[string, Tool]>([
  ['zod', echo(z.object({ city: z.string() }))],
  ['JSON Schema', echo(city)],
])('wrong arguments are told by path and issue, without the value: %s', async (_, weather) => {
  for (const text of ['{"city":4711}', '4711', '{"city":4711', '{}']) {
    const error: unknown = await weather.run(text, context).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'tool-arguments', toolName: 'weather' })
    expect(error).not.toHaveProperty('cause')
    expect(error).toHaveProperty('message', expect.stringMatching(/(city|arguments): /))
    expect(error).not.toHaveProperty('message', expect.stringContaining('4711'))
  }
})

test('a list of wrong arguments is cut short', async () => {
  const list = echo({ type: 'object', properties: { a: { type: 'array', items: { type: 'string' } } } })
  const text = JSON.stringify({ a: Array.from({ length: 1000 }, () => 0) })
  await expect(list.run(text, context)).rejects.toThrow(/a\[9\]: must be string, not number$/)
})

test('wrong arguments, and calls that nobody waits for any more, are not executed', async () => {
  const execute = vi.fn<() => void>()
  const weather = tool({ ...described, parameters: city, execute })
  await expect(weather.run('{}', context)).rejects.toThrow('city: is required')
  const signal = AbortSignal.abort(new Error('too late'))
  await expect(weather.run('{"city":"Rome"}', { ...context, signal })).rejects.toThrow('too late')
  expect(execute).not.toHaveBeenCalled()
})

test('whatever execute gives is told as text or JSON', async () => {
  const tell = (result: unknown): Promise<string> =>
    tool({ ...described, execute: () => result }).run('{}', context)
  expect(await tell('22 °C, "fine"')).toBe('22 °C, "fine"')
  expect(await tell(undefined)).toBe('{"ok":true}')
  expect(await tell(Promise.resolve(null))).toBe('null')
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      if (typeof value === 'string') return
      expect(await tell(value)).toBe(JSON.stringify(value))
    }),
  )
  const circular: Record<string, unknown> = {}
  circular.self = circular
  for (const value of [circular, 1n, () => {}, Symbol('a')]) {
    await expect(tell(value)).rejects.toMatchObject({ code: 'tool-failed', toolName: 'weather' })
  }
})

test('what execute throws passes through, and its context is handed over', async () => {
  const execute = vi.fn<(args: unknown, context: ToolContext) => never>(() => {
    throw new RangeError('out of range')
  })
  await expect(tool({ ...described, execute }).run('{"a":1}', context)).rejects.toThrow(RangeError)
  expect(execute).toHaveBeenCalledExactlyOnceWith({ a: 1 }, context)
})
