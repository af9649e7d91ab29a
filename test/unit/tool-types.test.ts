import { expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import type { FromJsonSchema } from '../../src/agent/json-schema-type.ts'
import type { StandardSchema } from '../../src/agent/standard-schema.ts'
import { Agent } from '../../src/agent/agent.ts'
import { toolResult, type ToolResult } from '../../src/agent/tool-result.ts'
import type { ToolApproval, ToolEvents } from '../../src/agent/tool-runner.ts'
import {
  tool,
  type Tool,
  type ToolContext,
  type ToolPipeline,
  type ToolSpeech,
} from '../../src/agent/tool.ts'

const described = { name: 'a', description: 'b' }

test('a schema of a library types the arguments by its output', () => {
  tool({
    ...described,
    parameters: z.object({ days: z.number().default(3), at: z.string().transform((text) => text.length) }),
    execute: (args, context) => {
      expectTypeOf(args).toEqualTypeOf<{ days: number; at: number }>()
      expectTypeOf(context).toEqualTypeOf<ToolContext>()
    },
  })
  tool({
    ...described,
    parameters: z.toJSONSchema(mini.object({ city: mini.string() })),
    execute: (args) => expectTypeOf(args).toEqualTypeOf<{ city: string }>(),
  })
})

test('a literal JSON Schema types the arguments', () => {
  tool({
    ...described,
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', minLength: 1 },
        days: { type: 'integer' },
        unit: { enum: ['C', 'F'] },
        kind: { const: 'forecast' },
        tags: { type: 'array', items: { type: 'string' } },
        note: { type: ['string', 'null'] },
        place: { type: 'object', properties: { lat: { type: 'number' } }, required: ['lat'] },
        more: { type: 'object' },
        list: { type: 'array' },
        pair: { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' } },
        other: { anyOf: [{ type: 'string' }, { type: 'number' }] },
        exact: { type: 'boolean' },
      },
      required: ['city', 'unit'],
    },
    execute: (args) => {
      expectTypeOf(args).toEqualTypeOf<{
        city: string
        unit: 'C' | 'F'
        days?: number
        kind?: 'forecast'
        tags?: string[]
        note?: string | null
        place?: { lat: number }
        more?: Record<string, unknown>
        list?: unknown[]
        pair?: unknown[]
        other?: unknown
        exact?: boolean
      }>()
    },
  })
})

test('what nothing is known of is unknown', () => {
  tool({ ...described, execute: (args) => expectTypeOf(args).toEqualTypeOf<Record<string, unknown>>() })
  tool({
    ...described,
    parameters: { type: 'object' },
    execute: (args) => expectTypeOf(args).toEqualTypeOf<Record<string, unknown>>(),
  })
  tool({
    ...described,
    parameters: { type: 'object' as const, properties: JSON.parse('{}') as Record<string, object> },
    execute: (args) => expectTypeOf(args).toEqualTypeOf<{ [name: string]: unknown }>(),
  })
  expectTypeOf<FromJsonSchema<{ $ref: '#' }>>().toEqualTypeOf<unknown>()
  expectTypeOf<FromJsonSchema<{ type: string }>>().toEqualTypeOf<unknown>()
})

test('what cannot describe arguments does not compile', () => {
  const options = { ...described, execute: () => '' }
  // @ts-expect-error it has no JSON Schema
  const bare = (): Tool => tool({ ...options, parameters: mini.object({}) })
  // @ts-expect-error it is no object
  const text = (): Tool => tool({ ...options, parameters: { type: 'string' } })
  expectTypeOf(bare).toEqualTypeOf(text)
})

test('schemas of zod are assignable to the interface that is written here', () => {
  expectTypeOf(z.object({ a: z.string() })).toExtend<StandardSchema<{ a: string }, { a: string }>>()
  expectTypeOf(z.toJSONSchema(mini.string())).toExtend<StandardSchema>()
  expectTypeOf(mini.string()).not.toExtend<StandardSchema>()
})

test('whether to ask the user is said of the same arguments', () => {
  tool({
    ...described,
    parameters: z.object({ days: z.number().default(3) }),
    needsApproval: ({ days }, context) => {
      expectTypeOf(days).toEqualTypeOf<number>()
      expectTypeOf(context).toEqualTypeOf<ToolContext>()
      return days > 7
    },
    execute: ({ days }) => expectTypeOf(days).toEqualTypeOf<number>(),
  })
  tool({ ...described, needsApproval: async () => true, cancelOnInterrupt: false, execute: () => '' })
  // @ts-expect-error it is neither yes nor no
  const maybe = (): Tool => tool({ ...described, needsApproval: () => 'maybe', execute: () => '' })
  expectTypeOf(maybe).returns.toEqualTypeOf<Tool>()
})

test('a tool may tell its progress and speak', () => {
  tool({
    ...described,
    execute: async (_, { progress, pipeline }) => {
      progress('Half of it.')
      progress('All of it.', { speak: true })
      // @ts-expect-error how loud is not for a tool to say
      progress('Done.', { volume: 1 })
      expectTypeOf(await pipeline.generateReply({ instructions: '' })).toEqualTypeOf<ToolSpeech>()
    },
  })
  expectTypeOf<ToolPipeline['say']>().returns.resolves.toEqualTypeOf<ToolSpeech>()
  expectTypeOf<Awaited<ToolSpeech['heard']>>().toEqualTypeOf<{
    readonly text: string
    readonly interrupted: boolean
  }>()
})

test('a result may be pictures or an agent', () => {
  const pictures = (
    canvas: HTMLCanvasElement | OffscreenCanvas,
    bitmap: ImageBitmap,
    file: Blob,
  ): ToolResult => toolResult({ ok: true }, { images: [canvas, bitmap, file] })
  expectTypeOf(pictures).returns.toEqualTypeOf<ToolResult>()
  // @ts-expect-error an address is no picture
  const address = (): ToolResult => toolResult('', { images: ['https://example.com/a.png'] })
  expectTypeOf(address).returns.toEqualTypeOf<ToolResult>()
  tool({ ...described, execute: () => new Agent({ instructions: '' }) })
})

test('the page decides without an object to hold', () => {
  const decide = ({ approve, reject }: ToolEvents['toolApproval']): void => (approve(), reject('no'))
  expectTypeOf(decide).parameter(0).toEqualTypeOf<ToolApproval>()
})
