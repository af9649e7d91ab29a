import type { WireSchema } from './wire.ts'

type Schema = Readonly<Record<string, unknown>>

/** What is taken over; what follows `m…` is a count, which Google writes as a string. */
const kept =
  /^(title|description|pattern|required|minimum|maximum|default|example|m\w+(Items|Length|Properties))$/
/** The formats that Google knows; another one is an error there. */
const formats = /^(date-time|enum|float|double|int32|int64)$/
/** A schema that contains itself has no end otherwise. */
const MAX_DEPTH = 12

/**
 * A JSON Schema in the subset of OpenAPI that Gemini takes. What has no word there is left out: the
 * arguments are checked against the whole schema when they come.
 */
export function toolSchema(schema: unknown, root: unknown = schema, depth = 0): WireSchema {
  if (depth > MAX_DEPTH) return { type: 'OBJECT' }
  const given = resolve(schema, root)
  const wire: WireSchema = {}
  const inner = (part: unknown): WireSchema => toolSchema(part, root, depth + 1)
  for (const [key, value] of Object.entries(given)) {
    const [isKept, , isCount] = kept.exec(key) ?? []
    if (isKept) wire[key] = isCount ? String(value) : value
  }
  if (formats.test(String(given.format))) wire.format = given.format
  const { properties, items } = given
  const named = [given.type].flat()
  const types = named.filter((type) => type !== 'null')
  if (types.length < named.length || given.nullable === true) wire.nullable = true
  if (types.length === 1 && typeof types[0] === 'string') wire.type = types[0].toUpperCase()
  const choices = 'const' in given ? [given.const] : (given.enum as unknown[] | undefined)
  if (choices?.every((choice) => typeof choice === 'string')) {
    wire.type ??= 'STRING'
    wire.enum = choices
  } else if (choices) {
    wire.description = [given.description, `One of ${JSON.stringify(choices)}.`].join(' ').trim()
  }
  const variants = (given.anyOf ?? given.oneOf) as unknown[] | undefined
  if (variants) {
    const others = variants.filter((variant) => resolve(variant, root).type !== 'null')
    if (others.length < variants.length) wire.nullable = true
    if (others.length === 1) return { ...inner(others[0]), ...wire }
    wire.anyOf = others.map(inner)
  } else if (types.length > 1) wire.anyOf = types.map((type) => inner({ ...given, type }))
  if (wire.anyOf) return wire
  if (properties) {
    wire.type ??= 'OBJECT'
    wire.properties = Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [name, inner(field)]),
    )
  }
  if (items) wire.items = inner(items)
  return wire
}

/** A schema with what it refers to and what it is to be besides. */
function resolve(schema: unknown, root: unknown, depth = 0): Schema {
  const { $ref, allOf = [], ...own } = Object(schema) as Schema
  if (depth > MAX_DEPTH) return own
  const target = typeof $ref === 'string' && [
    $ref
      .split('/')
      .slice(1)
      .reduce((at, key) => (at as Schema | undefined)?.[key], root),
  ]
  return [...(target || []), ...(allOf as unknown[])]
    .map((part) => resolve(part, root, depth + 1))
    .reduceRight<Schema>(
      (all, { properties, required, ...rest }) => ({
        ...rest,
        ...all,
        ...(properties !== undefined && { properties: { ...properties, ...Object(all.properties) } }),
        ...(required !== undefined && { required: [required, all.required ?? []].flat() }),
      }),
      own,
    )
}
