import { invalidOption } from '../core/errors.ts'
import { wholeWords, type ConversationItem } from './conversation-item.ts'

type Kind = 'string' | 'number' | 'boolean'
type Fields = Readonly<Record<string, Kind | `${Kind}?`>>

const message: Fields = {
  text: 'string',
  heardText: 'string',
  spoken: 'boolean',
  final: 'boolean',
  interrupted: 'boolean',
  endedAt: 'number?',
}

const fields: Readonly<Record<string, Fields>> = {
  user: message,
  agent: message,
  tool: {
    name: 'string',
    arguments: 'string',
    output: 'string?',
    ok: 'boolean?',
    durationMs: 'number?',
    final: 'boolean',
    endedAt: 'number?',
  },
  system: { text: 'string', final: 'boolean', endedAt: 'number' },
}

/** Checks items that come from outside, and copies what is known of them. Throws an `OptionError`. */
export function parseItems(items: unknown): ConversationItem[] {
  if (!Array.isArray(items)) throw invalid('items', 'an array')
  const ids = new Set<unknown>()
  return Array.from(items as unknown[], (item, i) => {
    const path = `items[${i}]`
    if (!isObject(item)) throw invalid(path, 'an object')
    const { role } = item
    const own = typeof role === 'string' && Object.hasOwn(fields, role) ? fields[role] : undefined
    if (!own) throw invalid(`${path}.role`, '"user", "agent", "tool" or "system"')
    const parsed: Record<string, unknown> = { role }
    for (const [name, kind] of Object.entries({ id: 'string', startedAt: 'number', ...own })) {
      const value = item[name]
      if (value === undefined && kind.endsWith('?')) continue
      const type = kind.replace('?', '')
      if (typeof value !== type || (type === 'number' && !Number.isFinite(value)))
        throw invalid(`${path}.${name}`, `a ${type === 'number' ? 'finite number' : type}`)
      parsed[name] = value
    }
    const { id, text, heardText, final } = parsed
    if (ids.has(id)) throw invalid(`${path}.id`, 'an id that no other item has')
    ids.add(id)
    if (role === 'system' && !final) throw invalid(`${path}.final`, 'true')
    if (typeof heardText === 'string' && wholeWords(String(text), heardText) !== heardText)
      throw invalid(`${path}.heardText`, 'a beginning of text that ends with a word')
    return parsed as unknown as ConversationItem
  })
}

/** Checks what `Conversation.toJSON` gave, and gives its items. Throws an `OptionError`. */
export function parseConversation(json: unknown): ConversationItem[] {
  if (!isObject(json)) throw invalid('json', 'the object that toJSON() gave, parsed')
  if (json.version !== 1) throw invalid('version', '1')
  return parseItems(json.items)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function invalid(field: string, expected: string): Error {
  return invalidOption('Conversation', field, expected)
}
