import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime'
import { describe, expectTypeOf, it } from 'vitest'
import type { ClientEvent, ServerEvent, WireError, WireResponse } from '../../src/providers/openai/wire.ts'

/** A value as JSON carries it: without what is undefined, and without the nulls that only prose allows. */
type OnWire<Value> = Value extends readonly unknown[]
  ? { [Index in keyof Value]: OnWire<Value[Index]> }
  : Value extends object
    ? Optional<{ [Name in keyof Value]: OnWire<Exclude<Value[Name], null>> }>
    : Value

type Optional<Fields> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name]
} & {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>
}

/** The reference makes the id of a response optional; `decode` insists on it. */
type Official<Type> =
  Extract<RealtimeServerEvent, { type: Type }> extends infer Event
    ? Event extends { response: object }
      ? Event & { response: { id: string } }
      : Event
    : never
type Ours<Type> = ServerEvent extends infer Event
  ? Event extends { type: infer Own }
    ? Type extends Own
      ? Omit<Event, 'type'> & { type: Type }
      : never
    : never
  : never

/** An event of ours that is sent, as it is on the wire. */
type Sent<Type> = ClientEvent extends infer Event
  ? Event extends { type: infer Own }
    ? Type extends Own
      ? OnWire<Omit<Event, 'type'> & { type: Type }>
      : never
    : never
  : never

/** The types of events of ours that OpenAI does not take as they are. */
type Refused<Type = ClientEvent['type']> = Type extends ClientEvent['type']
  ? [Sent<Type>] extends [never]
    ? Type
    : Sent<Type> extends Extract<RealtimeClientEvent, { type: Type }>
      ? never
      : Type
  : never

/** The types of events whose official shape does not do for ours; an official one that is missing is one. */
type Misread<Type extends ServerEvent['type'] = ServerEvent['type']> = Type extends unknown
  ? [Official<Type>] extends [never]
    ? Type
    : Official<Type> extends Ours<Type>
      ? never
      : Type
  : never

describe('the types of the wire', () => {
  it('have client events that OpenAI takes, each of them', () => {
    expectTypeOf<Refused>().toBeNever()
  })

  it('have server events that can be read from what OpenAI sends, each of them', () => {
    expectTypeOf<Misread>().toBeNever()
  })

  it('would tell if one could not', () => {
    expectTypeOf<Sent<'output_audio_buffer.clear'>>().not.toBeNever()
    expectTypeOf<Sent<'session.update'>>().not.toExtend<Sent<'response.create'>>()
    expectTypeOf<Sent<'conversation.item.create'>['item']['type']>().toEqualTypeOf<
      'message' | 'function_call' | 'function_call_output' | 'mcp_approval_response'
    >()
    expectTypeOf<Official<'response.telepathy'>>().toBeNever()
    expectTypeOf<Official<'response.done'>>().not.toBeNever()
    expectTypeOf<Ours<'response.done'>>().toExtend<{ response: WireResponse }>()
    expectTypeOf<Official<'response.done'>>().not.toExtend<Ours<'response.output_audio.delta'>>()
    expectTypeOf<Official<'error'>['error']>().toExtend<WireError>()
    expectTypeOf<
      OnWire<{ type: 'response.cancel'; response_id: number }>
    >().not.toExtend<RealtimeClientEvent>()
  })
})
