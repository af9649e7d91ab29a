import type { AgentUpdate, ModelEvents, ModelSession } from '../model.ts'
import type { Link } from './link.ts'
import type { OpenAIRealtimeOptions } from './options.ts'
import type { Traits } from './traits.ts'
import type { ClientEvent } from './wire.ts'

/** What a `Conversation` works with. */
export interface ConversationHost {
  readonly session: Pick<ModelSession, 'instructions' | 'confirmTurns' | 'output' | 'runTool' | 'answerDue'>
  /** What the service is to be told of earlier connections. */
  readonly history: ModelSession['history']
  readonly options: OpenAIRealtimeOptions
  readonly traits: Traits
  /** See `Link`. */
  readonly assertFits?: Link['assertFits']
  readonly followVoice?: Link['followVoice']
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal
  readonly send: (event: ClientEvent) => void
  /** Makes what tells the service of another agent. */
  readonly updateOf: (agent: AgentUpdate) => ClientEvent
  readonly emit: <Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]) => void
}
