import type { z } from 'zod'
import { isRecord } from '../is-record.ts'

/** What is wrong with a message, in the service's words. */
export interface ClientError {
  readonly code: string
  readonly message: string
  /** Path of the field, such as `session.tools[0].name`. */
  readonly param: string | null
}

/** An error about a value that has the right type. */
export function invalidValue(message: string, param: string | null = null): ClientError {
  return { code: 'invalid_value', message, param }
}

type Issue = z.core.$ZodIssue

/** The first thing that the check found, as the service would say it. */
export function describeIssues(message: unknown, issues: readonly Issue[]): ClientError {
  const [issue] = issues
  if (!issue) return invalidValue('Invalid message.')
  return describe(message, issue, [])
}

function describe(message: unknown, issue: Issue, above: readonly PropertyKey[]): ClientError {
  const path = [...above, ...issue.path]
  const param = pathText(path)
  const value = valueAt(message, path)
  switch (issue.code) {
    case 'unrecognized_keys': {
      const unknown = pathText([...path, issue.keys[0] ?? ''])
      return { code: 'unknown_parameter', message: `Unknown parameter: '${unknown}'.`, param: unknown }
    }
    case 'invalid_type':
      return value === undefined ? missing(param) : wrongType(param, issue.expected, value)
    case 'invalid_value':
      return value === undefined ? missing(param) : unsupported(param, issue.values, value)
    case 'invalid_union': {
      if (value === undefined) return missing(param)
      if ('options' in issue && Array.isArray(issue.options)) return unsupported(param, issue.options, value)
      const [nearest] = issue.errors.toSorted((a, b) => depth(b) - depth(a))
      const [inner] = nearest ?? []
      return inner ? describe(message, inner, path) : invalidValue(`Invalid '${param}'.`, param)
    }
    case 'too_big':
      if (typeof value === 'string') return tooLong(param, Number(issue.maximum), value.length)
      return invalidValue(`Invalid '${param}': ${issue.message}`, param)
    default:
      return invalidValue(`Invalid '${param}': ${issue.message}`, param)
  }
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length))
}

function tooLong(param: string, maximum: number, length: number): ClientError {
  const message = `Invalid '${param}': string too long. Expected a string with maximum length ${maximum}, but got a string with length ${length} instead.`
  return { code: 'string_above_max_length', message, param }
}

function missing(param: string): ClientError {
  const message = `Missing required parameter: '${param}'.`
  return { code: 'missing_required_parameter', message, param }
}

function wrongType(param: string, expected: string, value: unknown): ClientError {
  const message = `Invalid type for '${param}': expected ${typeName(expected)}, but got ${typeOf(value)} instead.`
  return { code: 'invalid_type', message, param }
}

function unsupported(param: string, values: readonly unknown[], value: unknown): ClientError {
  if (typeof value === 'object') return wrongType(param, 'string', value)
  const names = values.map((option) => `'${String(option)}'`)
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')}, and ${names.at(-1)}` : names.join('')
  const given = typeof value === 'string' ? value : JSON.stringify(value)
  return invalidValue(`Invalid value: '${given}'. Supported values are: ${list}.`, param)
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'a string',
    number: 'a number',
    int: 'an integer',
    boolean: 'a boolean',
    array: 'an array of objects',
    tuple: 'an array of strings',
    object: 'an object',
    record: 'an object',
  }
  return names[expected] ?? expected
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${String(step)}`))
    .join('')
}

function valueAt(message: unknown, path: readonly PropertyKey[]): unknown {
  let value = message
  for (const step of path) {
    if (Array.isArray(value)) value = (value as readonly unknown[])[Number(step)]
    else value = isRecord(value) ? value[String(step)] : undefined
  }
  return value
}
