/**
 * A schema of any library that implements both Standard Schema and Standard JSON Schema, version 1
 * (https://standardschema.dev): only what a tool needs of them.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': StandardProperties<Input, Output>
}

/** What a {@link StandardSchema} offers under its `~standard` key. */
export interface StandardProperties<Input = unknown, Output = Input> {
  readonly version: 1
  readonly vendor: string
  /** Checks a value, and gives it back with defaults and transformations applied. */
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
  readonly jsonSchema: StandardJsonSchema
  /** Exists for the compiler only. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
}

/** Writes a schema as JSON Schema. */
export interface StandardJsonSchema {
  /** JSON Schema of what goes in. May throw where JSON Schema has no words for it, as for a `Date`. */
  readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
}

/** The value, or what is wrong with it. */
export type StandardResult<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One thing that is wrong with a value. */
export interface StandardIssue {
  readonly message: string
  /** Where in the value, from the outside in; absent for the value itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The type that a schema's `validate` gives. */
export type StandardOutput<Schema extends StandardSchema> = NonNullable<
  Schema['~standard']['types']
>['output']
