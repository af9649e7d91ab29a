import { suggestionsFor } from './agents/index.ts'
import type { ConversationView } from './conversation.ts'
import { byId } from './dom.ts'

export interface AgentView extends ConversationView {
  /** Shows who is there to talk to. */
  show(name: string): void
}

/** Who has the conversation, and what one can say to them. */
export function createAgentView(suggest: (suggestions: readonly string[]) => void): AgentView {
  const places = [byId('agent-name', HTMLElement), byId('agent-voice', HTMLElement)]
  const show = (name: string): void => {
    for (const place of places) place.textContent = name
    suggest(suggestionsFor(name))
  }
  return {
    show,
    attach(pipeline, { agent }) {
      show(agent.name)
      pipeline.on('agentChanged', ({ agent: { name = agent.name } }) => show(name))
    },
  }
}
