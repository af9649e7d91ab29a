import type { ModelSession } from '../model.ts'
import type { Emit } from './events.ts'
import type { GeminiRealtimeOptions } from './options.ts'
import type { Outbox } from './outbox.ts'
import type { Traits } from './traits.ts'

/** What a `Conversation` works with. */
export interface ConversationHost {
  readonly session: Pick<ModelSession, 'output' | 'runTool'>
  readonly options: GeminiRealtimeOptions
  readonly traits: Traits
  readonly outbox: Outbox
  readonly emit: Emit
  /** Gives a name that no other connection of the conversation has given. */
  readonly newId: (kind: 'turn' | 'agent' | 'user') => string
  /** The service's memory falls behind what is said, until it gives another handle. */
  readonly onTurn: () => void
  /** The connection is dead. */
  readonly onDead: () => void
}
