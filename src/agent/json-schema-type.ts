/** JSON Schema of an object, written by hand or received from a server. */
export interface JsonObjectSchema {
  readonly type: 'object'
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
  /** Tells it apart from a schema of a library, some of which have a `type` too. */
  readonly '~standard'?: never
  readonly [keyword: string]: unknown
}

/**
 * The type that a literal JSON Schema describes, as far as `type`, `properties`, `required`, `items`,
 * `enum` and `const` tell; `unknown` for the rest.
 */
export type FromJsonSchema<Schema> = Schema extends { readonly const: infer Value }
  ? Value
  : Schema extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Schema extends { readonly type: readonly (infer Name)[] | (infer Name) }
      ? FromTypeName<Schema, Name>
      : unknown

/** The type that a schema describes under one name of its `type`. */
export type FromTypeName<Schema, Name> = Name extends 'string'
  ? string
  : Name extends 'number' | 'integer'
    ? number
    : Name extends 'boolean'
      ? boolean
      : Name extends 'null'
        ? null
        : Name extends 'object'
          ? FromProperties<Schema>
          : Name extends 'array'
            ? Schema extends { readonly prefixItems: unknown }
              ? unknown[]
              : Schema extends { readonly items: infer Items }
                ? FromJsonSchema<Items>[]
                : unknown[]
            : unknown

/** The type of an object of which a schema lists the properties. */
export type FromProperties<
  Schema,
  Required = Schema extends { readonly required: readonly (infer Key)[] } ? Key : never,
> = Schema extends { readonly properties: infer Properties }
  ? {
      -readonly [Key in keyof Properties as Key extends Required ? Key : never]: FromJsonSchema<
        Properties[Key]
      >
    } & {
      -readonly [Key in keyof Properties as Key extends Required ? never : Key]?: FromJsonSchema<
        Properties[Key]
      >
    } extends infer Both
    ? { [Key in keyof Both]: Both[Key] }
    : never
  : Record<string, unknown>
