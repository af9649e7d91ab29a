import { type AgentChoice, AGENTS } from './agents/index.ts'
import type { ConversationView } from './conversation.ts'
import { byId } from './dom.ts'

export interface AgentPicker extends ConversationView {
  readonly choice: () => AgentChoice
  /** Chooses an agent by its id, if there is such a one. */
  choose(id: string): void
}

/** Whom to talk to. A conversation begins with this agent; who has it later, the agents decide. */
export function createAgentPicker(onChoice: (choice: AgentChoice) => void): AgentPicker {
  const select = byId('agent', HTMLSelectElement)
  const hint = byId('agent-hint', HTMLElement)
  const [first] = AGENTS
  if (!first) throw new Error('The page has no agent.')
  const choice = (): AgentChoice => AGENTS[select.selectedIndex] ?? first
  const tell = (): void => {
    hint.textContent = choice().about
    onChoice(choice())
  }
  select.replaceChildren(...AGENTS.map(({ id, name }) => new Option(name, id)))
  select.addEventListener('change', tell)
  hint.textContent = first.about

  return {
    choice,
    choose(id) {
      if (!AGENTS.some((agent) => agent.id === id)) return
      select.value = id
      tell()
    },
    attach(pipeline) {
      pipeline.on('stateChanged', ({ state }) => {
        select.disabled = state !== 'idle' && state !== 'closed'
      })
    },
  }
}
