import type { ClientError } from './client-error.ts'
import type { Conversation } from './conversation.ts'
import type { WireMessage } from './wire.ts'

/** Any JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Between what a session says and what is on the wire, where a service differs from OpenAI's. */
export interface Dialect {
  /** An event as it is sent: one, several or none. */
  encode(event: WireMessage): readonly WireMessage[]
  /** A message as OpenAI's would be; `undefined` if it is ignored, `error` if it is refused. */
  decode(message: JsonObject): { readonly message: JsonObject } | { readonly error: ClientError } | undefined
}

/** Makes a dialect for one connection. */
export type DialectOf = (conversation: Conversation, emit: (event: WireMessage) => void) => Dialect
