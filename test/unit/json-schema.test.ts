import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkJsonSchema } from '../../src/agent/json-schema.ts'

type Schema = boolean | Record<string, unknown>

const ajv = new Ajv2020({ strict: false, ownProperties: true, addUsedSchema: false })
const key = fc.constantFrom('a', 'b', 'c', 'isPrototypeOf')
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom('', 'a', 0.5),
)

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(key, tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))

const typeName = fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object')
const type = fc.oneof(typeName, fc.uniqueArray(typeName, { minLength: 1, maxLength: 3 }))
const listOf = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> =>
  fc.array(value, { minLength: 1, maxLength: 3 })

/**
 * Schemas of the keywords that are checked, with `advice` strewn in. Few keywords each: a schema of many
 * refuses almost everything, which tests little.
 */
function schemas(advice: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Schema> {
  const keywords = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
    fc.record(model, { requiredKeys: [] })
  return fc.letrec<{ schema: Schema }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.boolean(),
      fc.record({ type }),
      keywords({ const: json, enum: listOf(json), ...advice }),
      keywords({ prefixItems: listOf(tie('schema')), items: tie('schema'), type, ...advice }),
      keywords({
        properties: fc.dictionary(key, tie('schema'), { maxKeys: 3, noNullPrototype: true }),
        additionalProperties: tie('schema'),
        required: fc.uniqueArray(key, { maxLength: 2 }),
        type,
        ...advice,
      }),
    ),
  })).schema
}

/** The oracle's verdict; a `$ref` that leads round in a circle has none. */
function isAllowed(schema: Schema, value: unknown): boolean {
  try {
    return ajv.validate(schema, value)
  } catch {
    return false
  }
}

test('what is checked is checked as ajv does', () => {
  let refused = 0
  fc.assert(
    fc.property(schemas({}), json, (schema, value) => {
      const issues = checkJsonSchema(schema, value)
      refused += Math.min(issues.length, 1)
      expect(issues.length === 0).toBe(ajv.validate(schema, value))
    }),
    { numRuns: 500 },
  )
  expect(refused).toBeGreaterThan(50)
})

test('what a schema allows is never refused, whatever other keywords it has', () => {
  const anything = fc.record({ type })
  const advice = {
    anyOf: listOf(anything),
    not: anything,
    pattern: fc.constant('^a'),
    minimum: fc.integer({ min: -1, max: 1 }),
    maxItems: fc.nat(2),
    patternProperties: fc.constant({ '^c': {} }),
    propertyNames: fc.record({ enum: listOf(key) }),
    $ref: fc.constant('#'),
  }
  fc.assert(
    fc.property(schemas(advice), json, (schema, value) => {
      fc.pre(isAllowed(schema, value))
      expect(checkJsonSchema(schema, value)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('every issue says where it is, and never what the value was', () => {
  const schema = {
    type: 'object',
    properties: {
      city: { type: 'string' },
      days: { type: 'array', items: { type: ['integer', 'null'] } },
      unit: { enum: ['C', 'F'] },
      kind: { const: 1 },
    },
    required: ['city', 'country'],
    additionalProperties: false,
  }
  const value = { city: 4711, days: [1, null, 'secret', 1.5], unit: 'K', kind: 2, extra: 'secret' }
  expect(checkJsonSchema(schema, value)).toEqual([
    { path: ['country'], message: 'is required' },
    { path: ['city'], message: 'must be string, not number' },
    { path: ['days', 2], message: 'must be integer or null, not string' },
    { path: ['days', 3], message: 'must be integer or null, not number' },
    { path: ['unit'], message: 'must be one of ["C","F"]' },
    { path: ['kind'], message: 'must be 1' },
    { path: ['extra'], message: 'is not allowed' },
  ])
})

test('a key of the prototype is a key like any other', () => {
  const schema = JSON.parse('{"properties":{"__proto__":{"type":"string"}},"additionalProperties":false}')
  expect(checkJsonSchema(schema, JSON.parse('{"__proto__":1}'))).toHaveLength(1)
  expect(checkJsonSchema(schema, JSON.parse('{"__proto__":"a"}'))).toEqual([])
  expect(checkJsonSchema(schema, { constructor: 1 })).toHaveLength(1)
  expect(checkJsonSchema({ required: ['toString'] }, {})).toHaveLength(1)
})

test('constants are equal whatever the order of their keys, and only if nothing is missing or added', () => {
  const refused = (value: unknown): boolean =>
    checkJsonSchema({ const: { a: [1, null], b: {} } }, value).length > 0
  expect(refused({ b: {}, a: [1, null] })).toBe(false)
  expect(refused({ a: [1, null] })).toBe(true)
  expect(refused({ a: [1, null], b: {}, c: 1 })).toBe(true)
  expect(refused({ a: [1, null], b: [] })).toBe(true)
  expect(refused({ a: [1], b: {} })).toBe(true)
})

test('a property that a pattern may allow is not refused as an additional one', () => {
  const schema = { properties: {}, patternProperties: { '^x-': {} }, additionalProperties: false }
  expect(checkJsonSchema(schema, { 'x-a': 1 })).toEqual([])
})
