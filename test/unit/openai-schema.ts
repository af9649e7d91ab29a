import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'

const file = new URL(
  '../../../shared/conformance/openai-openapi/realtime-subset.openapi.json',
  import.meta.url,
)

interface Schema {
  readonly properties?: { readonly type?: { readonly enum?: readonly string[]; readonly const?: string } }
}

/** OpenAI's published schemas of what a client may send; `undefined` where they are not at hand. */
export const clientSchemas: ReadonlyMap<string, ValidateFunction> | undefined = load()

/** What OpenAI's schema does not allow of `message`; nothing where there is no schema. */
export function violations(message: Readonly<Record<string, unknown>>): string[] {
  if (!clientSchemas) return []
  const type = String(message.type)
  const validate = clientSchemas.get(type)
  if (!validate) return [`The schema has no client event "${type}".`]
  return validate(withoutNulls(message)) ? [] : [`${type}: ${JSON.stringify(validate.errors)}`]
}

/** OpenAI's schema has no null where OpenAI's traffic and reference have one. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, field]) => field !== null)
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutNulls(field)]))
}

function load(): ReadonlyMap<string, ValidateFunction> | undefined {
  let text: string
  try {
    // Some alternatives include one another ("any string, or one of these"): no value is just one of them.
    text = readFileSync(file, 'utf8').replaceAll('"oneOf"', '"anyOf"')
  } catch {
    return undefined
  }
  // `nullable` is OpenAPI's, and Ajv takes it only beside a type; nulls are dropped here anyway.
  const known = (key: string, value: unknown): unknown => (key === 'nullable' ? undefined : value)
  const document = JSON.parse(text, known) as {
    components: { schemas: Record<string, Schema & { anyOf?: { $ref: string }[] }> }
  }
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  ajv.addSchema(document, 'openai')
  const { schemas } = document.components
  const entries = (schemas.RealtimeClientEvent?.anyOf ?? []).map(({ $ref }) => {
    const type = schemas[$ref.split('/').at(-1) ?? '']?.properties?.type
    return [type?.const ?? type?.enum?.[0] ?? '', ajv.compile({ $ref: `openai${$ref}` })] as const
  })
  return new Map(entries)
}
