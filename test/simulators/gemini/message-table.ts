import { isRecord } from '../is-record.ts'
import { CLIENT_TYPES } from './client-types.ts'
import { SERVER_TYPES } from './server-types.ts'
import type { Json } from './wire.ts'

/**
 * Fields of a type. A field is of another type of the table, `string`, `bytes`, `boolean`, `integer`,
 * `number`, `object` (any fields), `any`, or one of `A|B`; `[]` after it means many, `{}` a map, and `!`
 * that it must be there.
 */
export type TypeTable = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A message in lowerCamelCase, and what is wrong with it in the service's words. */
export interface CheckedMessage {
  readonly message: Json
  readonly problems: readonly string[]
}

const BASE64 = /^[\w+/-]*={0,2}$/

/** Checks a client message. Field names may be in snake_case. */
export function checkClientMessage(value: Json): CheckedMessage {
  return check(CLIENT_TYPES, 'ClientMessage', value)
}

/** Checks the body of `POST …/auth_tokens`. */
export function checkAuthToken(value: Json): CheckedMessage {
  return check(CLIENT_TYPES, 'AuthToken', value)
}

/** Checks a message of the server. */
export function checkServerMessage(value: Json): CheckedMessage {
  return check(SERVER_TYPES, 'ServerMessage', value)
}

function check(table: TypeTable, type: string, value: Json): CheckedMessage {
  const problems: string[] = []
  const message = readFields(table, type, value, { path: '', problems })
  return { message: isRecord(message) ? message : {}, problems }
}

interface Place {
  readonly path: string
  readonly problems: string[]
}

function readFields(table: TypeTable, type: string, value: unknown, at: Place): unknown {
  const fields = table[type] ?? {}
  if (!isRecord(value)) return wrong(value, type, at)
  const read: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(value)) {
    const name = camelCase(key)
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined) {
      const where = at.path === '' ? '' : ` at '${at.path}'`
      at.problems.push(`Invalid JSON payload received. Unknown name "${key}"${where}: Cannot find field.`)
    } else if (part !== null) {
      const path = at.path === '' ? name : `${at.path}.${name}`
      read[name] = readValue(table, field.replace('!', ''), part, { path, problems: at.problems })
    }
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.endsWith('!') && read[name] === undefined) {
      at.problems.push(`Missing required field '${at.path}.${name}'.`)
    }
  }
  return read
}

function readValue(table: TypeTable, type: string, value: unknown, at: Place): unknown {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return wrong(value, type, at)
    return (value as readonly unknown[]).map((part, index) =>
      readValue(table, type.slice(0, -2), part, { ...at, path: `${at.path}[${index}]` }),
    )
  }
  if (type.endsWith('{}')) {
    if (!isRecord(value)) return wrong(value, type, at)
    const entries = Object.entries(value).map(([key, part]) => [
      key,
      readValue(table, type.slice(0, -2), part, { ...at, path: `${at.path}.${key}` }),
    ])
    return Object.fromEntries(entries) as unknown
  }
  if (Object.hasOwn(table, type)) return readFields(table, type, value, at)
  return fits(type, value) ? value : wrong(value, type, at)
}

function fits(type: string, value: unknown): boolean {
  if (type === 'any') return true
  if (type === 'object') return isRecord(value)
  if (type === 'integer') return Number.isInteger(value) || /^-?\d+$/.test(String(value))
  if (type === 'bytes') return typeof value === 'string' && BASE64.test(value)
  if (type.includes('|')) return typeof value === 'string' && type.split('|').includes(value)
  return typeof value === type
}

function wrong(value: unknown, type: string, { path, problems }: Place): unknown {
  const given = JSON.stringify(value)?.slice(0, 40) ?? 'nothing'
  problems.push(`Invalid value at '${path}' (${type}), ${given}`)
  return undefined
}

function camelCase(name: string): string {
  return name.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}
