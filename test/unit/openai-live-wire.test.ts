import type { ClientEvent, MediaSessionConfig, ServerEvent } from 'openai/resources/live/live'
import { describe, expectTypeOf, it } from 'vitest'
import type {
  LiveClientEvent,
  LiveServerEvent,
  WireLiveSession,
} from '../../src/providers/openai/live/wire.ts'

/** A value as JSON carries it: without what is undefined. */
type OnWire<Value> = Value extends readonly unknown[]
  ? { [Index in keyof Value]: OnWire<Value[Index]> }
  : Value extends object
    ? Optional<{ [Name in keyof Value]: OnWire<Value[Name]> }>
    : Value

type Optional<Fields> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name]
} & {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>
}

/** Types of events of ours that the official ones do not do for. */
type Misread<Type = LiveServerEvent['type']> = Type extends LiveServerEvent['type']
  ? [Extract<ServerEvent, { type: Type }>] extends [never]
    ? Type
    : Extract<ServerEvent, { type: Type }> extends Ours<Type>
      ? never
      : Type
  : never
type Ours<Type, Event = LiveServerEvent> = Event extends { type: infer Own }
  ? Type extends Own
    ? Omit<Event, 'type'> & { type: Type }
    : never
  : never

/** Hosted tools are the application's, as they are. */
type Session = Omit<WireLiveSession, 'delegation'> & { delegation: Known }
type Known<Delegation = WireLiveSession['delegation']> = Delegation extends { responses: infer Backend }
  ? Omit<Delegation, 'responses'> & {
      responses: Omit<Backend, 'tools'> & {
        tools: { type: 'function'; name: string; description: string; strict: false }[]
      }
    }
  : Delegation

describe('the types of the Live wire', () => {
  it('have client events that OpenAI takes, each of them', () => {
    type Refused<Event = LiveClientEvent> = Event extends ClientEvent ? never : Event
    expectTypeOf<Refused>().toBeNever()
  })

  it('have a session that OpenAI takes', () => {
    const take = (session: MediaSessionConfig): MediaSessionConfig => session
    expectTypeOf(take).toBeCallableWith({} as OnWire<Session>)
    // @ts-expect-error -- it would be told
    take({} as OnWire<Omit<Session, 'store'> & { store: string }>)
  })

  it('have server events that can be read from what OpenAI sends, each of them', () => {
    expectTypeOf<Misread>().toBeNever()
  })

  it('would tell if one could not', () => {
    expectTypeOf<Ours<'session.closed'>>().not.toBeNever()
    expectTypeOf<Extract<ServerEvent, { type: 'session.closed' }>>().not.toExtend<Ours<'session.started'>>()
    expectTypeOf<{ type: 'response.delete' }>().not.toExtend<ClientEvent>()
  })
})
