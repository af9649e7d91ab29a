import type { StandardIssue } from './standard-schema.ts'

/** The keywords that are checked. */
interface Keywords {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, unknown>>
  readonly patternProperties?: unknown
  readonly additionalProperties?: unknown
  readonly required?: readonly string[]
  readonly prefixItems?: readonly unknown[]
  readonly items?: unknown
}

/**
 * What of a JSON value contradicts its JSON Schema, draft 2020-12: checks `type`, `const`, `enum`,
 * `properties`, `required`, `additionalProperties`, `prefixItems`, `items`, and the schemas `true` and
 * `false`. Any other keyword is advice to the model and not checked, so a value that the whole schema
 * allows is never refused.
 */
export function checkJsonSchema(
  schema: unknown,
  value: unknown,
  path: readonly PropertyKey[] = [],
): StandardIssue[] {
  const wrong = (message: string): StandardIssue[] => [{ message, path }]
  if (schema === false) return wrong('is not allowed')
  if (!isRecord(schema)) return []
  const { type, enum: choices, ...keywords }: Keywords = schema
  const types = [type ?? []].flat()
  if (types.length > 0 && !types.some((name) => isOfType(name, value))) {
    return wrong(`must be ${types.join(' or ')}, not ${typeOf(value)}`)
  }
  if ('const' in keywords && !isEqual(keywords.const, value)) {
    return wrong(`must be ${JSON.stringify(keywords.const)}`)
  }
  if (choices && !choices.some((choice) => isEqual(choice, value))) {
    return wrong(`must be one of ${JSON.stringify(choices)}`)
  }
  if (Array.isArray(value)) {
    const { prefixItems = [], items } = keywords
    return value.flatMap((item, index) =>
      checkJsonSchema(index < prefixItems.length ? prefixItems[index] : items, item, [...path, index]),
    )
  }
  return isRecord(value) ? checkProperties(keywords, value, path) : []
}

function checkProperties(
  { properties = {}, patternProperties, additionalProperties, required = [] }: Keywords,
  value: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
): StandardIssue[] {
  // A property that matches a pattern is not an additional one, and patterns are not checked.
  const others = patternProperties ? true : additionalProperties
  return [
    ...required
      .filter((key) => !Object.hasOwn(value, key))
      .map((key) => ({ message: 'is required', path: [...path, key] })),
    ...Object.entries(value).flatMap(([key, member]) =>
      checkJsonSchema(Object.hasOwn(properties, key) ? properties[key] : others, member, [...path, key]),
    ),
  ]
}

/** Whether a value is an object that is no array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeOf(value) === 'object'
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function isOfType(name: string, value: unknown): boolean {
  return name === 'integer' ? Number.isInteger(value) : name === typeOf(value)
}

function isEqual(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isEqual(item, other[index]))
  }
  if (!isRecord(one) || !isRecord(other)) return one === other
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isEqual(one[key], other[key]))
  )
}
