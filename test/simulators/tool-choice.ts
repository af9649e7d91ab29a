import { isRecord } from './is-record.ts'

/** A tool as a provider is told of it. */
export interface OfferedTool {
  readonly name: string
  readonly description?: string | undefined
  /** JSON Schema of the arguments object. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
}

/** A call that fits a text. */
export interface ChosenCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
}

const FILLERS = new Set(
  `a about an and any are ask at be by can could current do does find for from get give has have how i i'm if in
   into is it its list look lookup make me my now of on or our out please returns set show some tell than that
   the their them there this to tool up use user users want was we what when where which who will with would
   you your`.split(/\s+/),
)

/** What people say, and what a tool for it is called. */
const SYNONYMS: Readonly<Record<string, string>> = {
  celsius: 'weather',
  cold: 'weather',
  degree: 'weather',
  forecast: 'weather',
  hot: 'weather',
  rain: 'weather',
  raining: 'weather',
  sunny: 'weather',
  temperature: 'weather',
  warm: 'weather',
  clock: 'time',
  hour: 'time',
}

const MAX_PLACES = 4

/**
 * The calls that a text asks for: to the tool whose name, or else description, shares most words with
 * it, once for each place that the text names if one string is all that the tool wants.
 */
export function chooseCalls(text: string, tools: readonly OfferedTool[]): readonly ChosenCall[] {
  const said = new Set(keywords(text))
  let best: OfferedTool | undefined
  let bestScore = 0
  for (const tool of tools) {
    const score = 3 * shared(said, tool.name) + shared(said, tool.description ?? '')
    if (score > bestScore) {
      best = tool
      bestScore = score
    }
  }
  return best ? callsTo(best, text) : []
}

/** Calls to one tool, with arguments made from its schema and the text. */
export function callsTo(tool: OfferedTool, text: string): readonly ChosenCall[] {
  const schema = tool.parameters ?? {}
  const places = placesIn(text)
  const subjects = wantsOneString(schema) && places.length > 1 ? places.slice(0, MAX_PLACES) : [undefined]
  return subjects.map((place) => {
    const value = build(schema, text, place ?? places[0] ?? lastWord(text))
    return { name: tool.name, arguments: isRecord(value) ? value : {} }
  })
}

function shared(said: ReadonlySet<string>, text: string): number {
  return [...new Set(keywords(text))].filter((word) => said.has(word)).length
}

function keywords(text: string): readonly string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word.length > 1 && !FILLERS.has(word))
    .map((word) => (word.length > 3 ? word.replace(/s$/, '') : word))
    .flatMap((word) => [word, ...(Object.hasOwn(SYNONYMS, word) ? [SYNONYMS[word] ?? word] : [])])
}

/** Capitalised names. A sentence's first word is capitalised anyway, and says nothing. */
function placesIn(text: string): readonly string[] {
  const names = [...text.matchAll(/\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+)*/gu)]
  const startsSentence = (index: number): boolean => /(?:^|[.!?]\s+)$/.test(text.slice(0, index))
  const inside = names.filter(
    ({ 0: name, index }) => !startsSentence(index) && !FILLERS.has(name.toLowerCase()),
  )
  return inside.map(([name]) => name)
}

function lastWord(text: string): string {
  return text.match(/[\p{L}\d'’-]+(?=[^\p{L}\d]*$)/u)?.[0] ?? text
}

function wantsOneString(schema: Readonly<Record<string, unknown>>): boolean {
  const wanted = wantedProperties(schema)
  return (
    wanted.length === 1 && wanted.every(([, property]) => isRecord(property) && property.type === 'string')
  )
}

function wantedProperties(
  schema: Readonly<Record<string, unknown>>,
): readonly (readonly [string, unknown])[] {
  const properties = Object.entries(isRecord(schema.properties) ? schema.properties : {})
  const required = Array.isArray(schema.required) ? (schema.required as readonly unknown[]) : []
  return required.length > 0 ? properties.filter(([name]) => required.includes(name)) : properties
}

function build(schema: unknown, text: string, subject: string): unknown {
  if (!isRecord(schema)) return subject
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return choose(schema.enum as readonly unknown[], text)
  if ('default' in schema) return schema.default
  const variants = [schema.anyOf, schema.oneOf].find(Array.isArray) as readonly unknown[] | undefined
  if (variants) return build(variants[0], text, subject)
  const type: unknown = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'number' || type === 'integer') return numberIn(text, schema, type === 'integer')
  if (type === 'boolean') return true
  if (type === 'null') return null
  if (type === 'array') return [build(schema.items, text, subject)]
  if (type === 'object' || isRecord(schema.properties)) {
    return Object.fromEntries(
      wantedProperties(schema).map(([name, property]) => [name, build(property, text, subject)]),
    )
  }
  return subject
}

function choose(values: readonly unknown[], text: string): unknown {
  const lower = text.toLowerCase()
  return values.find((value) => typeof value === 'string' && lower.includes(value.toLowerCase())) ?? values[0]
}

function numberIn(text: string, schema: Readonly<Record<string, unknown>>, integer: boolean): number {
  const found = Number(text.match(/-?\d+(?:\.\d+)?/)?.[0] ?? 1)
  const minimum = typeof schema.minimum === 'number' ? schema.minimum : -Infinity
  const maximum = typeof schema.maximum === 'number' ? schema.maximum : Infinity
  const value = Math.min(maximum, Math.max(minimum, found))
  return integer ? Math.round(value) : value
}
