import type { ModelEvents, ModelSession } from '../model.ts'
import type { Link } from './link.ts'
import type { OpenAIRealtimeOptions } from './options.ts'
import type { Traits } from './traits.ts'
import type { ClientEvent } from './wire.ts'

/** What a `Conversation` works with. */
export interface ConversationHost {
  readonly session: Pick<ModelSession, 'output' | 'runTool' | 'answerDue'>
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
  readonly emit: <Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]) => void
}
