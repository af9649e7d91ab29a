import { messageOf, OptionError } from '../core/errors.ts'
import type { FromJsonSchema, JsonObjectSchema } from './json-schema-type.ts'
import { checkJsonSchema, isRecord } from './json-schema.ts'
import type { StandardIssue, StandardOutput, StandardResult, StandardSchema } from './standard-schema.ts'

/** What describes a tool's arguments: a schema of a library that also writes JSON Schema, or JSON Schema. */
export type ToolParameters = StandardSchema | JsonObjectSchema

/** The type of a tool's arguments. */
export type ToolArguments<Parameters extends ToolParameters> = Parameters extends StandardSchema
  ? StandardOutput<Parameters>
  : FromJsonSchema<Parameters>

/** Parameters, ready for use. */
export interface ResolvedParameters {
  /** JSON Schema of the arguments object, as the model gets it: plain JSON. */
  readonly jsonSchema: Readonly<Record<string, unknown>>
  readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>
}

/**
 * Makes any parameters usable.
 * @throws OptionError `option-invalid` where they give no JSON Schema of an object.
 */
export function resolveParameters(toolName: string, parameters: ToolParameters): ResolvedParameters {
  const standard = parameters['~standard']
  if (standard && !standard.jsonSchema) {
    throw invalid(
      toolName,
      `lack JSON Schema, which the model needs: ${standard.vendor} does not add it by itself. ` +
        "Convert them, as with zod's toJSONSchema(), or write JSON Schema.",
    )
  }
  const jsonSchema = toPlainJson(toolName, () =>
    standard ? standard.jsonSchema.input({ target: 'draft-2020-12' }) : parameters,
  )
  const check = (value: unknown): StandardResult => {
    const issues = checkJsonSchema(jsonSchema, value)
    return issues.length > 0 ? { issues } : { value }
  }
  return { jsonSchema, validate: standard ? (value) => standard.validate(value) : check }
}

/** Where each issue is and what it is, without the value. The first ten will do to set it right. */
export function describeIssues(issues: readonly StandardIssue[]): string {
  return issues
    .slice(0, 10)
    .map(({ path = [], message }) => {
      const keys = path.map((step) => (typeof step === 'object' ? step.key : step))
      const where = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
      return `${where.replace(/^\./, '') || 'arguments'}: ${message}`
    })
    .join('; ')
}

/** A copy without functions and without what belongs to the schema library. */
function toPlainJson(toolName: string, read: () => unknown): Record<string, unknown> {
  let copy: unknown
  try {
    copy = JSON.parse(JSON.stringify(read()))
  } catch (error) {
    throw invalid(toolName, `cannot be written as JSON Schema: ${messageOf(error)}`, error)
  }
  if (!isRecord(copy) || copy.type !== 'object') {
    throw invalid(toolName, 'must describe one object. Make anything else a property of it.')
  }
  const { $schema: _dialect, '~standard': _library, ...jsonSchema } = copy
  return jsonSchema
}

function invalid(toolName: string, what: string, cause?: unknown): OptionError {
  return new OptionError(`The parameters of tool "${toolName}" ${what}`, {
    code: 'option-invalid',
    option: 'tool.parameters',
    cause,
  })
}
